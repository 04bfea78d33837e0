import ArgumentParser
import Model
import Pipeline
import VideoIO

/// What counts as an instance.
struct DetectionArguments: ParsableArguments {
    @Option(help: "Show instances with a score above this, 0...1.")
    var scoreThreshold: Float = 0.15

    @Option(name: .customLong("top-k"), help: "Show at most this many instances a frame.")
    var topK = 15

    @Option(
        help: ArgumentHelp(
            "Show these classes only: names, comma-separated.", valueName: "names"))
    var classes: String?

    @Option(help: "Non-maximum suppression: fast, cross-class or traditional.")
    var nms = NonMaximumSuppression.fast

    @Option(
        help: ArgumentHelp(
            "Candidates of a class (cross-class: of all) that enter fast suppression.",
            valueName: "count"))
    var nmsTopK = 200

    @Option(
        help: ArgumentHelp(
            "Drop boxes that overlap a better one by more than this IoU, 0...1.", valueName: "iou"))
    var nmsThreshold: Float = 0.5

    @Option(help: "Look at anchors with a score above this only, 0...1.")
    var confidenceThreshold: Float = 0.05

    @Option(
        help: ArgumentHelp(
            "Detections of a frame behind fast and traditional suppression.", valueName: "count"))
    var maxDetections = 100

    @Flag(name: .customLong("no-crop"), help: "Do not crop masks to their boxes.")
    var noCrop = false

    func validate() throws {
        guard (0...1).contains(scoreThreshold) else {
            throw ValidationError("--score-threshold must lie between 0 and 1")
        }
        guard topK > 0 else { throw ValidationError("--top-k must be at least 1") }
        guard (1...100_000).contains(nmsTopK) else {
            throw ValidationError("--nms-top-k must lie between 1 and 100000")
        }
        guard nmsThreshold > 0, nmsThreshold <= 1 else {
            throw ValidationError("--nms-threshold must lie above 0 and not above 1")
        }
        guard (0..<1).contains(confidenceThreshold) else {
            throw ValidationError("--confidence-threshold must lie between 0 and 1")
        }
        guard (1...100_000).contains(maxDetections) else {
            throw ValidationError("--max-detections must lie between 1 and 100000")
        }
    }

    var options: DetectionOptions {
        DetectionOptions(
            suppression: nms, confidenceThreshold: confidenceThreshold,
            suppressionThreshold: nmsThreshold, candidateLimit: nmsTopK,
            detectionLimit: maxDetections)
    }

    func selection(_ configuration: YolactConfiguration) throws -> InstanceSelection {
        InstanceSelection(
            scoreThreshold: scoreThreshold, limit: topK,
            classes: try classes.map { try Self.indices(of: $0, in: configuration) })
    }

    private static func indices(
        of list: String, in configuration: YolactConfiguration
    ) throws -> Set<Int> {
        let names = list.split(separator: ",").map { $0.trimmingWhitespace }.filter { !$0.isEmpty }
        guard !names.isEmpty else { throw ValidationError("--classes names no class") }
        return try Set(
            names.map { name in
                let index = configuration.classNames.firstIndex {
                    $0.lowercased() == name.lowercased()
                }
                guard let index else {
                    throw ValidationError(
                        "\(configuration.name) has no class '\(name)'; it has: "
                            + configuration.classNames.joined(separator: ", "))
                }
                return index
            })
    }
}

/// What is painted.
struct OverlayArguments: ParsableArguments {
    @Option(help: "Opacity of masks, 0...1.")
    var alpha: Float = 0.45

    @Flag(name: .customLong("no-masks"), help: "Do not tint masks.")
    var noMasks = false

    @Flag(name: .customLong("no-outlines"), help: "Do not draw the outlines of masks.")
    var noOutlines = false

    @Flag(name: .customLong("no-boxes"), help: "Do not draw boxes.")
    var noBoxes = false

    @Flag(name: .customLong("no-labels"), help: "Do not write class, id and score.")
    var noLabels = false

    func validate() throws {
        guard (0...1).contains(alpha) else {
            throw ValidationError("--alpha must lie between 0 and 1")
        }
    }

    var options: OverlayOptions {
        var options = OverlayOptions()
        options.alpha = alpha
        options.drawsMasks = !noMasks
        options.drawsOutlines = !noOutlines
        options.drawsBoxes = !noBoxes
        options.drawsLabels = !noLabels
        return options
    }
}

/// Which part of the input is read.
struct InputArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Begin here: seconds, or hours:minutes:seconds.", valueName: "time"))
    var start: Seconds?

    @Option(
        help: ArgumentHelp(
            "Read this long: seconds, or hours:minutes:seconds.", valueName: "time"))
    var duration: Seconds?

    @Option(help: ArgumentHelp("Read at most this many frames.", valueName: "count"))
    var frames: Int?

    func validate() throws {
        if let start, !(start >= 0) {
            throw ValidationError("--start must not be negative")
        }
        if let duration, !(duration > 0) {
            throw ValidationError("--duration must be above 0")
        }
        for (name, value) in [("--start", start), ("--duration", duration)] {
            if let value, value.value > VideoReader.maximumSeconds {
                throw ValidationError("\(name) must be at most 1000000000 seconds")
            }
        }
        if let frames, frames < 1 { throw ValidationError("--frames must be at least 1") }
    }

    var options: VideoReader.Options {
        var options = VideoReader.Options()
        options.start = start?.value
        options.duration = duration?.value
        options.maximumFrames = frames
        return options
    }

    /// Frames to expect, for the progress line; a hint, as containers are not always right.
    func expectedFrames(of info: MediaInfo) -> Int? {
        guard let stream = info.videoStream else { return frames }
        let rate = (stream.video?.averageFrameRate ?? stream.video?.frameRate)?.doubleValue
        let length = stream.duration ?? info.duration
        var expected = stream.frameCount.map(Int.init)
        if expected == nil || start != nil || duration != nil, let rate, rate > 0 {
            let remaining = length.map { max(0, $0 - (start?.value ?? 0)) }
            let seconds = [remaining, duration?.value].compactMap { $0 }.min()
            // A damaged container may say anything.
            expected = seconds.map { Int(min(1e15, ($0 * rate).rounded())) }
        }
        return [expected, frames].compactMap { $0 }.min()
    }
}

extension Substring {
    fileprivate var trimmingWhitespace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
