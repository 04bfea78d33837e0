public import Model
import Synchronization
public import VideoIO

/// Segments a video: decode, preprocess, backbone, heads, NMS, assembly, overlay, encode, each stage on its
/// own thread, joined by bounded queues, so that stages work on different frames at the same time.
///
/// Every frame that is decoded reaches the sink, in order; memory is bounded by the frames under way. An
/// error in any stage stops all of them and leaves no output behind.
public final class VideoSegmentation: Sendable {
    /// How to detect, what to keep and what to paint.
    public struct Options: Sendable {
        /// Thresholds and limits of the detection step.
        public var detection = DetectionOptions()
        /// Which detections become instances.
        public var selection = InstanceSelection()
        /// Whether masks are cropped to their boxes.
        public var cropsMasks = true
        /// What is painted.
        public var overlay = OverlayOptions()
        /// How the network shares the cores.
        public var compute: ComputePlan

        /// Creates options with the defaults of the official demo.
        public init(compute: ComputePlan) { self.compute = compute }
    }

    private let reader: VideoReader
    private let sink: any FrameSink
    private let records: FrameRecordWriter?
    private let pipeline: Pipeline
    private let counters: Counters

    /// What stages count besides times.
    private final class Counters: Sendable {
        let instances = Atomic<Int>(0)
        let framesWithInstances = Atomic<Int>(0)
    }

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - reader: Where frames come from.
    ///   - network: Compiled for as many threads a worker as `options.compute` says.
    ///   - sink: Where painted frames and the packets of other streams go.
    ///   - records: Where the instances of each frame are written, if anywhere.
    ///   - options: See ``Options``.
    /// - Throws: ``OverlayError`` where the label font is not there; `ComputeError`.
    public init(
        reader: VideoReader, network: Network, sink: any FrameSink,
        records: FrameRecordWriter? = nil, options: Options
    ) throws {
        precondition(network.threadsPerWorker == options.compute.threadsPerWorker)
        self.reader = reader
        self.sink = sink
        self.records = records
        let counters = Counters()
        self.counters = counters
        let stages = try SegmentationStages(network: network, options: options)
        pipeline = stages.append(
            to: Pipeline.source("decode", next: Self.decoder(reader, sink))
        ).sink("encode") { segmented in
            let frame = segmented.source.frame
            try sink.write(frame)
            counters.instances.add(segmented.instances.count, ordering: .relaxed)
            if !segmented.instances.isEmpty {
                counters.framesWithInstances.add(1, ordering: .relaxed)
            }
            try records?.write(
                FrameRecord(
                    frame: segmented.source.number, time: frame.presentationTime,
                    instances: segmented.instances, classNames: network.configuration.classNames,
                    width: frame.width, height: frame.height))
        }
    }

    /// Gives the decoded frames and sends packets of other streams straight to the sink.
    private static func decoder(
        _ reader: VideoReader, _ sink: any FrameSink
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
                    return DecodedFrame(number: current, frame: frame)
                }
            }
            return nil
        }
    }

    /// Runs to the end of the input, or to where ``stop()`` ends it, and completes the output. Blocks.
    ///
    /// - Parameter mode: Stages side by side, or one after the other for comparison.
    /// - Throws: ``PipelineError`` with the first error of any stage; `VideoError` where the input, or the
    ///   part of it that was asked for, holds no frame, or the output cannot be completed; the sink is
    ///   discarded then.
    public func run(_ mode: Pipeline.Mode = .pipelined) throws -> SegmentationSummary {
        do {
            let metrics = try pipeline.run(mode)
            try checkThatThereWereFrames()
            let written = try sink.finish()
            try records?.finish()
            return SegmentationSummary(
                framesIn: reader.statistics.framesDelivered, written: written,
                reading: reader.statistics, endedEarly: reader.endedEarly,
                wasStopped: reader.wasInterrupted,
                instances: counters.instances.load(ordering: .relaxed),
                framesWithInstances: counters.framesWithInstances.load(ordering: .relaxed),
                metrics: metrics)
        } catch {
            sink.discard()
            records?.discard()
            throw error
        }
    }

    /// Without this an empty output would pass for a success, or its container for the culprit.
    private func checkThatThereWereFrames() throws {
        guard reader.statistics.framesDelivered == 0, !reader.wasInterrupted else { return }
        var reason = "there is no frame"
        if let part = reader.info.selection {
            reason += " at \(part.start) s" + (part.end.map { " to \($0) s" } ?? " or later")
        } else if let ended = reader.endedEarly {
            reason += ": \(ended)"
        }
        throw VideoError(
            .notDecodable, path: reader.info.path, operation: "segment", reason: reason)
    }

    /// Ends the input here: frames under way are finished and the output is completed. Any thread.
    public func stop() {
        reader.interrupt()
        pipeline.endInput()
    }

    /// Frames that have reached the sink. Any thread.
    public var framesFinished: Int { pipeline.snapshot().finished }
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
    /// Instances in all frames.
    public var instances: Int
    /// Frames with at least one.
    public var framesWithInstances: Int
    /// Where the time went.
    public var metrics: PipelineMetrics

    /// Frames that did not come out. A file is read as fast as it can be processed, so there is no reason
    /// to drop any: anything but 0 is a defect.
    public var framesDropped: Int { framesIn - written.framesWritten }
}
