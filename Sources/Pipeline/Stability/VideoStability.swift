public import Model
import Synchronization
public import VideoIO

/// Measures how steady the masks of a video are, for several ways of showing the same detections: decode,
/// preprocess, backbone, heads, NMS, assembly, motion, measure, each stage on its own thread.
///
/// The network runs once, whatever the number of ways.
public final class VideoStability: Sendable {
    /// How to detect and what to compare.
    public struct Options: Sendable {
        /// Thresholds and limits of the detection step.
        public var detection = DetectionOptions()
        /// Which detections become instances.
        public var selection = InstanceSelection()
        /// Whether masks are cropped to their boxes.
        public var cropsMasks = true
        /// How the network shares the cores.
        public var compute: ComputePlan
        /// When tracks begin, go on and end.
        public var tracker = Tracker.Options()
        /// The ways of showing.
        public var variants: [SmoothingStrength] = [.off]
        /// Change of luma, of 255, from which on a pixel does not count as static.
        public var staticThreshold = 4

        /// Creates the default options.
        public init(compute: ComputePlan) { self.compute = compute }
    }

    private let reader: VideoReader
    private let truth: StabilityTruth?
    private let pipeline: Pipeline
    private let measurement: Measurement

    /// What the last stage keeps.
    private final class Measurement: Sendable {
        let state: Mutex<State>

        struct State: ~Copyable {
            var variants: [VariantMeasurement]
            var truth: StabilityRecorder?
        }

        init(
            _ smoothings: [SmoothingStrength], tracker: Tracker.Options, classNames: [String],
            truth: StabilityTruth?
        ) {
            state = Mutex(
                State(
                    variants: smoothings.map {
                        VariantMeasurement(
                            $0, tracker: tracker, classNames: classNames, truth: truth)
                    }, truth: truth.map { _ in StabilityRecorder(classNames: classNames) }))
        }
    }

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - reader: Where frames come from; best with `VideoReader.Options.exportsMotion`.
    ///   - network: Compiled for as many threads a worker as `options.compute` says.
    ///   - truth: What is there, if that is known; its frames are numbered from the first that is read.
    ///   - options: See ``Options``.
    /// - Throws: `ComputeError`.
    public init(
        reader: VideoReader, network: Network, truth: StabilityTruth? = nil, options: Options
    ) throws {
        self.reader = reader
        self.truth = truth
        let stages = try SegmentationStages(
            network: network, detection: options.detection, selection: options.selection,
            cropsMasks: options.cropsMasks, keepsSoftMasks: true, compute: options.compute)
        let classNames = network.configuration.classNames
        let measurement = Measurement(
            options.variants, tracker: options.tracker, classNames: classNames, truth: truth)
        self.measurement = measurement
        let number = Mutex(0)
        let sizes = SizeUnifier()
        let source = Pipeline.source("decode") { () throws -> DecodedFrame? in
            while let element = try reader.next() {
                guard case .frame(let frame) = element else { continue }
                let current = number.withLock { number in
                    defer { number += 1 }
                    return number
                }
                return DecodedFrame(number: current, frame: try sizes.unify(frame))
            }
            return nil
        }
        let moving = stages.append(to: source).stage("motion") { _ in
            var motion = MotionEstimator(staticThreshold: options.staticThreshold)
            return { motion.next($0) }
        }
        pipeline = moving.sink("measure") { moved in
            try measurement.state.withLock { try Self.measure(moved, truth, &$0, classNames) }
        }
    }

    private static func measure(
        _ moved: MovedFrame, _ truth: StabilityTruth?, _ measurement: inout Measurement.State,
        _ classNames: [String]
    ) throws {
        let source = moved.segmented.source
        let known = truth?.instances(frame: source.number)
        for variant in measurement.variants { try variant.add(moved, truth: known) }
        if let known, let recorder = measurement.truth {
            let instances = known.compactMap { $0.instance(classNames: classNames) }
            recorder.add(
                instances, untouched: instances, frame: source.number, time: moved.time,
                motion: moved.motion, width: source.frame.width, height: source.frame.height)
        }
    }

    /// Runs to the end of the input, or to where ``stop()`` ends it. Blocks.
    ///
    /// - Throws: ``PipelineError`` with the first error of any stage; `VideoError` where the input holds no
    ///   frame.
    public func run() throws -> StabilityRun {
        let metrics = try pipeline.run(.pipelined)
        guard metrics.items > 0 || reader.wasInterrupted else {
            throw VideoError(
                .notDecodable, path: reader.info.path, operation: "measure",
                reason: reader.reasonForNoFrame)
        }
        return measurement.state.withLock { measurement in
            StabilityRun(
                frames: metrics.items, variants: measurement.variants.map(\.result),
                truth: measurement.truth?.figures, reading: reader.statistics,
                endedEarly: reader.endedEarly, metrics: metrics)
        }
    }

    /// Ends the input here: frames under way are finished. Any thread.
    public func stop() {
        reader.interrupt()
        pipeline.endInput()
    }

    /// Frames that have been measured. Any thread.
    public var framesFinished: Int { pipeline.snapshot().finished }
    /// Frames that have been decoded and not been measured. Any thread.
    public var framesUnderWay: Int { pipeline.snapshot().underWay }
}

/// motion -> measure: a segmented frame and how it comes from the one before it.
struct MovedFrame: Sendable {
    var segmented: SegmentedFrame
    /// Nil for the first frame, and where the scene changes.
    var motion: FrameMotion?
    /// When the frame is shown, in seconds.
    var time: Double
}

/// Estimates the motion between frames that come one after the other.
struct MotionEstimator {
    private let staticThreshold: Int
    private var previous: PyramidPlanes?
    private var cuts = SceneCutDetector()

    init(staticThreshold: Int) { self.staticThreshold = staticThreshold }

    mutating func next(_ segmented: SegmentedFrame) -> MovedFrame {
        let frame = segmented.source.frame
        let current = PyramidPlanes(LumaPlane(frame))
        let isCut = cuts.isCut(frame)
        defer { previous = current }
        var motion: FrameMotion?
        if let previous, !isCut {
            motion = FrameMotion(
                current: current, previous: previous, hints: frame.motionVectors,
                staticThreshold: staticThreshold)
        }
        return MovedFrame(
            segmented: segmented, motion: motion,
            time: frame.sourceTime ?? Double(segmented.source.number) / 30)
    }
}
