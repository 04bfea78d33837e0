import Foundation
import Model
import VideoIO

/// A part of a picture with a truth and the detection that fails it drawn on top.
struct MistakePicture {
    private let mistake: Mistake
    private let kind: EvaluationKind
    private let width: Int
    private let height: Int
    private let truthMask: RunLengthEncoding?
    private let truthBox: EvaluationBox?

    /// Pixels of the longer side of the picture that goes into the file.
    private static let largestSide = 440
    private static let truthColour: HTML = "#ffffff"
    private static let detectionColour: HTML = "#ff8a2a"

    init(
        _ mistake: Mistake, of dataset: EvaluationDataset, kind: EvaluationKind
    ) throws(EvaluationError) {
        self.mistake = mistake
        self.kind = kind
        guard let index = dataset.imageIndex(id: mistake.imageID) else {
            throw .unknownImage(id: mistake.imageID)
        }
        let truth = try ImageTruth(dataset, imageAt: index, needsMasks: true)
        let position = truth.annotations.firstIndex { $0.id == mistake.annotation.id }
        truthMask = kind == .mask ? position.map { truth.masks[$0].runs } : nil
        truthBox = position.map { truth.boxes[$0] }
        let size = truthMask ?? mistake.detection?.mask
        width = max(1, dataset.images[index].width, size?.width ?? 0)
        height = max(1, dataset.images[index].height, size?.height ?? 0)
    }

    /// What the colours mean.
    static func legend(_ outcome: ImageDiagnosis.Outcome) -> HTML {
        let detection: HTML =
            outcome == .missed
            ? .empty : "<li><i style=\"background: \(detectionColour)\"></i>detection, dashed</li>"
        return """
            <ul class="legend"><li><i style="background: \(truthColour); \
            border: 1px solid var(--axis)"></i>truth</li>\(detection)</ul>
            """
    }

    /// The picture.
    ///
    /// - Parameter frame: The whole picture; nil draws outlines alone.
    func html(_ frame: VideoFrame?) throws -> HTML {
        let part = shownPart
        var background: HTML = """
            <rect x="\(part.x)" y="\(part.y)" width="\(part.width)" height="\(part.height)" \
            fill="#55544f"/>
            """
        if let frame, frame.width == width, frame.height == height {
            let bytes = try frame.jpeg(
                x: part.x, y: part.y, width: part.width, height: part.height,
                largestSide: Self.largestSide)
            let data = Data(bytes).base64EncodedString()
            background = """
                <image x="\(part.x)" y="\(part.y)" width="\(part.width)" height="\(part.height)" \
                preserveAspectRatio="none" href="data:image/jpeg;base64,\(data)"/>
                """
        }
        let truth = path(mask: truthMask, box: truthBox)
        let detection = mistake.detection.map { found in
            path(mask: kind == .mask ? found.mask : nil, box: found.box)
        }
        return """
            <svg viewBox="\(part.x) \(part.y) \(part.width) \(part.height)" role="img" \
            aria-label="image \(mistake.imageID)">
            \(background)
            \(outline(truth, Self.truthColour, dashes: "none"))
            \(detection.map { outline($0, Self.detectionColour, dashes: "6 4") } ?? .empty)
            </svg>
            """
    }

    /// A dark line below the coloured one keeps it visible on any picture.
    private func outline(_ path: String, _ colour: HTML, dashes: HTML) -> HTML {
        """
        <path d="\(path)" fill="\(colour)" fill-opacity="0.2" fill-rule="evenodd" stroke="#000" \
        stroke-opacity="0.65" stroke-width="4.5" vector-effect="non-scaling-stroke"/>\
        <path d="\(path)" fill="none" stroke="\(colour)" stroke-width="2" \
        stroke-dasharray="\(dashes)" vector-effect="non-scaling-stroke"/>
        """
    }

    private func path(mask: RunLengthEncoding?, box: EvaluationBox?) -> String {
        if let mask {
            return mask.svgPath
        }
        guard let box else { return "" }
        return "M\(ChartNumber.short(box.x)) \(ChartNumber.short(box.y))"
            + "h\(ChartNumber.short(box.width))v\(ChartNumber.short(box.height))"
            + "h\(ChartNumber.short(-box.width))Z"
    }

    /// Truth and detection with some of what is around them, 4 to 3 and inside the picture.
    private var shownPart: PixelRectangle {
        var (left, top) = (Double(width), Double(height))
        var (right, bottom) = (0.0, 0.0)
        let masks = [truthMask, kind == .mask ? mistake.detection?.mask : nil]
        let boxes =
            [truthBox, mistake.detection?.box]
            + masks.map { mask in mask.map { MeasuredMask($0).box } }
        for box in boxes.compactMap({ $0 }) where box.width > 0 && box.height > 0 {
            left = min(left, box.x)
            top = min(top, box.y)
            right = max(right, box.x + box.width)
            bottom = max(bottom, box.y + box.height)
        }
        guard right > left, bottom > top else {
            return PixelRectangle(x: 0, y: 0, width: width, height: height)
        }
        let tall = max((bottom - top) * 1.6, (right - left) * 1.6 * 3 / 4, 96)
        let shownHeight = min(Double(height), tall.rounded())
        let shownWidth = min(Double(width), (tall * 4 / 3).rounded())
        func start(_ low: Double, _ high: Double, _ size: Double, _ limit: Double) -> Int {
            // Even, as the part is cut from pictures whose chroma has half the samples.
            Int(max(0, min((low + high - size) / 2, limit - size))) & ~1
        }
        return PixelRectangle(
            x: start(left, right, shownWidth, Double(width)),
            y: start(top, bottom, shownHeight, Double(height)), width: Int(shownWidth),
            height: Int(shownHeight))
    }
}
