import Model
import VideoIO

/// Paints what an inspection found onto copies of the picture.
struct InspectionPainting {
    private let frame: VideoFrame
    private let classNames: [String]
    private let overlay: OverlayOptions

    init(_ frame: VideoFrame, classNames: [String], overlay: OverlayOptions) {
        self.frame = frame
        self.classNames = classNames
        self.overlay = overlay
    }

    /// The instances, as `segment` paints them.
    func instances(_ instances: [InspectedInstance]) throws -> VideoFrame {
        let copy = try frame.copy()
        try paint(instances.map(\.instance), on: copy, overlay)
        return copy
    }

    /// Boxes of all candidates that could have been detected: thin where suppression dropped them, with
    /// class and score where they became instances.
    func candidates(of inspection: Inspection) throws -> VideoFrame {
        let thin = inspection.candidates.filter {
            guard case .instance = $0.fate else {
                return $0.detection.score > inspection.detection.confidenceThreshold
            }
            return false
        }
        return try boxes(
            thin: thin, thick: inspection.instances.map { inspection.candidates[$0.candidate] })
    }

    /// The surroundings of an instance as a PNG file, with its box and, thin, those that it dropped.
    func candidates(ofInstance index: Int, _ inspection: Inspection) throws -> [UInt8] {
        let own = inspection.candidates[inspection.instances[index].candidate]
        let dropped = inspection.suppressed(byInstance: index).map { inspection.candidates[$0] }
            .filter { $0.detection.score > inspection.detection.confidenceThreshold }
        let painted = try boxes(thin: dropped, thick: [own])
        let shown = (dropped + [own]).map { box($0).box }
        let margin = max(16, min(frame.width, frame.height) / 12)
        let left = (shown.map(\.x).min() ?? 0) - margin
        let top = (shown.map(\.y).min() ?? 0) - margin
        let right = (shown.map { $0.x + $0.width }.max() ?? frame.width) + margin
        let bottom = (shown.map { $0.y + $0.height }.max() ?? frame.height) + margin
        return try painted.png(
            x: max(0, left), y: max(0, top), width: right - max(0, left),
            height: bottom - max(0, top))
    }

    private func boxes(
        thin: [InspectedCandidate], thick: [InspectedCandidate]
    ) throws -> VideoFrame {
        let copy = try frame.copy()
        var options = OverlayOptions(
            drawsMasks: false, drawsOutlines: false, drawsLabels: false, lineThickness: 1)
        try paint(thin.map(box), on: copy, options)
        options.lineThickness = overlay.lineThickness(width: frame.width, height: frame.height) + 1
        options.drawsLabels = true
        try paint(thick.map(box), on: copy, options)
        return copy
    }

    private func box(_ candidate: InspectedCandidate) -> Instance {
        Instance(
            classIndex: candidate.detection.classIndex, score: candidate.detection.score,
            box: candidate.detection.box.pixels(width: frame.width, height: frame.height),
            mask: InstanceMask(region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: []))
    }

    private func paint(
        _ instances: [Instance], on frame: VideoFrame, _ options: OverlayOptions
    ) throws {
        guard !instances.isEmpty else { return }
        let painter = try OverlayPainter(options: options, classNames: classNames)
        try frame.withMutablePlanes { planes in
            try painter.paint(
                instances, on: planes, format: frame.format, width: frame.width,
                height: frame.height, colour: frame.overlayColourSpace)
        }
    }
}
