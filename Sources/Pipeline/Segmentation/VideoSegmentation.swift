public import Model
import Synchronization
public import VideoIO

/// Segments a video: decode, preprocess, backbone, heads, NMS, assembly, track, overlay, encode, each stage
/// on its own thread, joined by bounded queues, so that stages work on different frames at the same time.
///
/// Every frame that is decoded reaches the sink, in order; memory is bounded by the frames under way. An
/// error in any stage stops all of them; what was finished until then is kept under a name that says so.
public final class VideoSegmentation: Sendable {
    /// How to detect, what to keep and what to paint.
    public struct Options: Sendable {
        /// Thresholds and limits of the detection step.
        public var detection = DetectionOptions()
        /// Which detections become instances.
        public var selection = InstanceSelection()
        /// Whether masks are cropped to their boxes.
        public var cropsMasks = true
        /// What is done along the tracks of objects; nil leaves each frame by itself.
        public var tracking: FrameTracker.Options?
        /// What is painted.
        public var overlay = OverlayOptions()
        /// How the network shares the cores.
        public var compute: ComputePlan
        /// Which times of each frame are recorded; nil for none.
        public var latency: LatencyRecorder.Options?
        /// Frames that come later than this, after their arrival, are not processed; nil to process all.
        /// For input that does not wait.
        public var dropsAfter: Duration?

        /// Creates options with the defaults of the official demo.
        public init(compute: ComputePlan) { self.compute = compute }
    }

    private let reader: VideoReader
    private let sink: any FrameSink
    private let records: FrameRecordWriter?
    private let pipeline: Pipeline
    private let counters: Counters
    private let recorder: LatencyRecorder?
    private let drops: DroppedFrames
    private let tracker: FrameTracker?
    private let classNames: [String]
    private let sizes = SizeUnifier()

    /// What stages count besides times.
    private final class Counters: Sendable {
        /// By class.
        let instances: Mutex<[Int]>
        let framesWithInstances = Atomic<Int>(0)

        init(classes: Int) { instances = Mutex([Int](repeating: 0, count: classes)) }

        func count(_ found: [Instance]) {
            guard !found.isEmpty else { return }
            framesWithInstances.add(1, ordering: .relaxed)
            instances.withLock { for instance in found { $0[instance.classIndex] += 1 } }
        }
    }

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - reader: Where frames come from.
    ///   - network: Compiled for as many threads a worker as `options.compute` says.
    ///   - sink: Where painted frames and the packets of other streams go. Frames are not painted for
    ///     one that makes no use of pictures.
    ///   - records: Where the instances of each frame are written, if anywhere.
    ///   - options: See ``Options``.
    /// - Throws: ``OverlayError`` where the label font is not there; `ComputeError`.
    public init(
        reader: VideoReader, network: Network, sink: any FrameSink,
        records: FrameRecordWriter? = nil, options: Options
    ) throws {
        self.reader = reader
        self.sink = sink
        self.records = records
        classNames = network.configuration.classNames
        let counters = Counters(classes: network.configuration.classNames.count)
        self.counters = counters
        let stages = try SegmentationStages(
            network: network, detection: options.detection, selection: options.selection,
            cropsMasks: options.cropsMasks,
            keepsSoftMasks: options.tracking?.needsSoftMasks ?? false, compute: options.compute)
        let drops = DroppedFrames()
        self.drops = drops
        let source = Pipeline.source(
            "decode", timing: Self.timing,
            next: Self.decoder(reader, sink, sizes, drops, dropsAfter: options.dropsAfter))
        var chain = stages.append(to: source)
        let tracker = options.tracking.map { FrameTracker(options: $0) }
        self.tracker = tracker
        if let tracker { chain = chain.tracked(by: tracker) }
        // Nothing is painted that nobody sees.
        if sink.usesPictures {
            let painter = try OverlayPainter(
                options: options.overlay, classNames: network.configuration.classNames)
            chain = chain.stage("overlay") { _ in { try Self.paint($0, painter) } }
        }
        let recorder = options.latency.map { [stages = chain.stages.count + 1] in
            LatencyRecorder(stages: stages, options: $0, drops: drops)
        }
        self.recorder = recorder
        pipeline = chain.sink("encode") { segmented in
            let frame = segmented.source.frame
            try sink.write(frame)
            recorder?.describe(
                segmented.source.sequence,
                LatencyRecorder.Frame(
                    number: segmented.source.number, presentationTime: frame.presentationTime,
                    timing: frame.timing, instances: segmented.instances.count,
                    framesHeld: sink.framesHeld))
            counters.count(segmented.instances)
            try records?.write(
                frame: segmented.source.number, time: frame.sourceTime,
                instances: segmented.instances, classNames: network.configuration.classNames,
                width: frame.width, height: frame.height)
            stages.giveBack(segmented.instances)
        }
    }

    /// When a frame arrived and what decoding it took.
    @Sendable private static func timing(_ decoded: DecodedFrame) -> SourceTiming? {
        decoded.frame.timing.map { SourceTiming(arrival: $0.arrival, work: $0.work) }
    }

    /// Gives the decoded frames, all in the size of the first, and sends packets of other streams straight to
    /// the sink. Leaves out frames that are too late.
    private static func decoder(
        _ reader: VideoReader, _ sink: any FrameSink, _ sizes: SizeUnifier, _ drops: DroppedFrames,
        dropsAfter limit: Duration?
    ) -> @Sendable () throws -> DecodedFrame? {
        let number = Mutex(0)
        return {
            while let element = try reader.next() {
                switch element {
                case .packet(let packet): try sink.write(packet)
                case .frame(let frame):
                    let current = number.withLock { number in
                        defer { number += 1 }
                        return number
                    }
                    if let limit, let timing = frame.timing, isOver(limit, timing) {
                        drops.add(
                            frame: current, presentationTime: frame.presentationTime,
                            timing: timing, reason: .overdue)
                        continue
                    }
                    return DecodedFrame(
                        number: current, sequence: current - drops.count,
                        frame: try sizes.unify(frame))
                }
            }
            return nil
        }
    }

    private static func isOver(_ limit: Duration, _ timing: FrameTiming) -> Bool {
        let now = PipelineClock.monotonic.now()
        return now > timing.arrival && Duration(nanoseconds: now - timing.arrival) > limit
    }

    private static func paint(
        _ segmented: SegmentedFrame, _ painter: OverlayPainter
    ) throws -> SegmentedFrame {
        let frame = segmented.source.frame
        guard !segmented.instances.isEmpty else { return segmented }
        try frame.withMutablePlanes { planes in
            try painter.paint(
                segmented.instances, on: planes, format: frame.format, width: frame.width,
                height: frame.height, colour: frame.overlayColourSpace)
        }
        return segmented
    }

    /// Runs to the end of the input, or to where ``stop()`` ends it, and completes the output. Blocks.
    ///
    /// - Parameter mode: Stages side by side, or one after the other for comparison.
    /// - Throws: ``PipelineError`` with the first error of any stage; `VideoError` where the input, or the
    ///   part of it that was asked for, holds no frame, or the output cannot be completed. Where a part of the
    ///   output was kept, ``PartlyWritten`` with that error.
    public func run(_ mode: Pipeline.Mode = .pipelined) throws -> SegmentationSummary {
        do {
            let metrics = try pipeline.run(mode, observer: recorder)
            try checkThatThereWereFrames()
            let written = try sink.finish()
            try records?.finish()
            return SegmentationSummary(
                framesIn: reader.statistics.framesDelivered, written: written,
                reading: reader.statistics, endedEarly: reader.endedEarly,
                wasStopped: reader.wasInterrupted,
                instancesByClass: zip(classNames, counters.instances.withLock { $0 })
                    .filter { $0.1 > 0 }.map { .init(name: $0.0, count: $0.1) },
                framesWithInstances: counters.framesWithInstances.load(ordering: .relaxed),
                resizedFrames: sizes.resizedFrames,
                metrics: metrics, overdue: drops.count, latency: latency(metrics),
                tracking: tracker?.statistics)
        } catch {
            // As if SIGPIPE had ended the run: nobody wants any more of it.
            let isUnwanted = records?.hasLostItsReader ?? false
            if isUnwanted { sink.discard() }
            let parts = [sink.keepPart(), records?.keepPart()].compactMap(\.self)
            records?.discard()
            throw parts.isEmpty ? error : PartlyWritten(underlying: error, parts: parts)
        }
    }

    private func latency(_ metrics: PipelineMetrics) -> LatencyRun? {
        guard let recorder else { return nil }
        let (measures, records) = recorder.finish(count: metrics.items)
        let stream = reader.info.videoStream?.video
        let rate = (stream?.averageFrameRate ?? stream?.frameRate)?.doubleValue ?? 0
        return LatencyRun(
            stages: pipeline.stages, measures: measures, records: records,
            framesArrived: reader.statistics.framesDelivered, framesWritten: metrics.items,
            drops: drops.counts, framePeriod: rate > 0 ? .seconds(1 / rate) : nil,
            decoderDelay: reader.decoderDelay, wall: metrics.wall)
    }

    /// Without this an empty output would pass for a success, or its container for the culprit.
    private func checkThatThereWereFrames() throws {
        guard reader.statistics.framesDelivered == 0, !reader.wasInterrupted else { return }
        throw VideoError(
            .notDecodable, path: reader.info.path, operation: "segment",
            reason: reader.reasonForNoFrame)
    }

    /// Ends the input here: frames under way are finished and the output is completed. Any thread.
    public func stop() {
        reader.interrupt()
        pipeline.endInput()
    }

    /// Frames that have reached the sink. Any thread.
    public var framesFinished: Int { pipeline.snapshot().finished }
    /// Frames that have been decoded and not reached the sink. Any thread.
    public var framesUnderWay: Int { pipeline.snapshot().underWay }
}

/// What a run did.
public struct SegmentationSummary: Sendable {
    /// Frames that the reader delivered.
    public var framesIn: Int
    /// What the sink wrote.
    public var written: SinkSummary
    /// What the reader met.
    public var reading: ReaderStatistics
    /// Why the input ended before its end, if it did.
    public var endedEarly: String?
    /// Whether ``VideoSegmentation/stop()`` ended it.
    public var wasStopped: Bool
    /// Instances in all frames, of the classes that there are any of, in the model's order.
    public var instancesByClass: [ClassCount]
    /// Frames with at least one.
    public var framesWithInstances: Int
    /// Frames of another size than the first, which were fitted into it before anything else.
    public var resizedFrames: Int
    /// Where the time went.
    public var metrics: PipelineMetrics
    /// Frames left out because they were later than ``VideoSegmentation/Options/dropsAfter`` allows.
    public var overdue: Int
    /// When each frame was where, if that was asked for.
    public var latency: LatencyRun?
    /// What was tracked, if anything was to be.
    public var tracking: FrameTracker.Statistics?

    /// How many instances of a class there are.
    public struct ClassCount: Sendable, Hashable {
        /// Name of the class.
        public var name: String
        /// Its instances in all frames.
        public var count: Int
    }

    /// Instances in all frames.
    public var instances: Int { instancesByClass.reduce(0) { $0 + $1.count } }

    /// Frames that did not come out, where the output had a place for them. Without a limit on lateness there
    /// is no reason to drop any: anything but ``overdue`` is a defect.
    public var framesDropped: Int {
        framesIn + written.framesRepeated - written.framesLeftOut - written.framesWritten
    }
}
