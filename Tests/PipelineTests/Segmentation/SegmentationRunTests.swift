import Foundation
import Model
import Synchronization
import Testing
import VideoIO

@testable import Pipeline

/// Order, completeness, errors, stopping, memory.
extension SegmentationTests {
    @Suite struct Run {
        let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        private static let frameCount = 24

        /// What a run puts out: checksums of painted frames, and records.
        private struct Output: Equatable {
            var sums: String
            var records: String
        }

        private func output(_ mode: Pipeline.Mode, workers: Int) throws -> Output {
            let name = "\(mode)-\(workers)"
            let reader = try SegmentationTests.reader(frames: Self.frameCount)
            let segmentation = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(),
                sink: FrameMD5Sink(directory.file("\(name).framemd5")),
                records: FrameRecordWriter(
                    path: directory.file("\(name).ndjson"), overwrite: false),
                options: .init(compute: ComputePlan(workers: workers, threadsPerWorker: 1)))
            let summary = try segmentation.run(mode)
            #expect(summary.framesIn == Self.frameCount)
            #expect(summary.written.framesWritten == Self.frameCount)
            #expect(summary.framesDropped == 0)
            #expect(summary.framesWithInstances == Self.frameCount)
            #expect(summary.instances > 3 * Self.frameCount)
            #expect(!summary.wasStopped)
            #expect(summary.endedEarly == nil)
            #expect(segmentation.framesFinished == Self.frameCount)
            #expect(summary.metrics.stages.allSatisfy { $0.items == Self.frameCount })
            return Output(
                sums: try String(
                    contentsOfFile: directory.file("\(name).framemd5"), encoding: .utf8),
                records: try String(
                    contentsOfFile: directory.file("\(name).ndjson"), encoding: .utf8))
        }

        @Test func modesAndWorkersGiveTheSameOutput() throws {
            let serial = try output(.serial, workers: 1)
            #expect(serial.records.split(separator: "\n").count == Self.frameCount)
            for workers in 1...3 {
                #expect(try output(.pipelined, workers: workers) == serial, "\(workers) workers")
            }
        }

        @Test func aRunGivesWhatTheSegmenterGives() throws {
            _ = try output(.pipelined, workers: 2)
            let segmenter = try Segmenter(SegmentationTests.demo())
            let frames = try SegmentationTests.frames(
                SegmentationTests.sample, SegmentationTests.options(frames: Self.frameCount))
            let wanted = try frames.enumerated().map { number, frame in
                try FrameRecord(
                    frame: number, time: frame.presentationTime,
                    instances: frame.withImage { try segmenter.segment($0) },
                    classNames: YolactConfiguration.shapes.classNames, width: frame.width,
                    height: frame.height)
            }
            #expect(
                try FrameRecordReader.records(of: directory.file("pipelined-2.ndjson")) == wanted)
        }

        @Test func framesThatNobodySeesAreNotPainted() throws {
            let painted = try output(.pipelined, workers: 1)
            let path = directory.file("alone.ndjson")
            let segmentation = try VideoSegmentation(
                reader: SegmentationTests.reader(frames: Self.frameCount),
                network: SegmentationTests.demo(), sink: NullSink(),
                records: FrameRecordWriter(path: path, overwrite: false),
                options: .init(compute: ComputePlan(workers: 1, threadsPerWorker: 1)))
            let summary = try segmentation.run()
            #expect(!summary.metrics.stages.contains { $0.name == "overlay" })
            #expect(summary.written.framesWritten == Self.frameCount)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == painted.records)
        }

        // MARK: Errors

        @Test(arguments: Pipeline.Mode.allCases)
        func anErrorOfTheSinkStopsTheRun(_ mode: Pipeline.Mode) throws {
            let sink = WatchfulSink(onFrame: { number in
                if number == 7 { throw Refusal(name: "sink") }
            })
            let reader = try SegmentationTests.reader()
            let segmentation = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(), sink: sink,
                records: FrameRecordWriter(path: directory.file("a.ndjson"), overwrite: false),
                options: .init(compute: ComputePlan(workers: 2, threadsPerWorker: 1)))
            let kept = #expect(throws: PartlyWritten.self) { try segmentation.run(mode) }
            let error = kept?.underlying as? PipelineError
            #expect(error?.stage == "encode")
            #expect(error?.sequence == 7)
            #expect(error?.underlying as? Refusal == Refusal(name: "sink"))
            #expect(sink.state.timestamps.count == 7)
            #expect(sink.state.discards == 1)
            #expect(sink.state.finishes == 0)
            #expect(reader.statistics.framesDelivered < 60, "the rest is not decoded")
            // The records of the frames before are kept.
            #expect(kept?.parts == [directory.file("a.partial.ndjson")])
            #expect(directory.names == ["a.partial.ndjson"])
            let records = try FrameRecordReader.records(of: directory.file("a.partial.ndjson"))
            #expect(records.map(\.frame) == Array(0..<7))
        }

        @Test func anErrorWhileFinishingIsReported() throws {
            let sink = WatchfulSink(onFinish: { throw Refusal(name: "finish") })
            let segmentation = try VideoSegmentation(
                reader: SegmentationTests.reader(frames: 2), network: SegmentationTests.demo(),
                sink: sink,
                records: FrameRecordWriter(path: directory.file("a.ndjson"), overwrite: false),
                options: .init(compute: ComputePlan(workers: 1, threadsPerWorker: 1)))
            let kept = #expect(throws: PartlyWritten.self) { try segmentation.run() }
            #expect(kept?.underlying as? Refusal == Refusal(name: "finish"))
            #expect(sink.state.discards == 1)
            #expect(directory.names == ["a.partial.ndjson"])
        }

        @Test func recordsThatCannotBeWrittenStopTheRun() throws {
            let sink = WatchfulSink()
            let segmentation = try VideoSegmentation(
                reader: SegmentationTests.reader(), network: SegmentationTests.demo(), sink: sink,
                records: FrameRecordWriter(path: "/dev/full", overwrite: false),
                options: .init(compute: ComputePlan(workers: 1, threadsPerWorker: 1)))
            let error = #expect(throws: PipelineError.self) { try segmentation.run() }
            #expect(
                error?.underlying as? FrameRecordError
                    == .system(path: "/dev/full", operation: "writing", code: ENOSPC))
            #expect(sink.state.discards == 1)
        }

        @Test func anInputWithoutFramesIsAnError() throws {
            var options = VideoReader.Options()
            options.start = 100
            let sink = WatchfulSink()
            let segmentation = try VideoSegmentation(
                reader: VideoReader(SegmentationTests.sample, options: options),
                network: SegmentationTests.demo(), sink: sink,
                options: .init(compute: ComputePlan(workers: 1, threadsPerWorker: 1)))
            let error = #expect(throws: VideoError.self) { try segmentation.run() }
            #expect(error?.kind == .notDecodable)
            #expect(error?.reason == "there is no frame at 100.0 s or later; it is 10.0 s long")
            #expect(sink.state.finishes == 0)
            #expect(sink.state.discards == 1)
        }

        // MARK: Stopping

        @Test(arguments: Pipeline.Mode.allCases)
        func stoppingFinishesWhatIsUnderWay(_ mode: Pipeline.Mode) throws {
            let running = Mutex<VideoSegmentation?>(nil)
            let sink = WatchfulSink(onFrame: { number in
                if number == 5 { running.withLock { $0 }?.stop() }
            })
            let reader = try SegmentationTests.reader()
            let segmentation = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(), sink: sink,
                records: FrameRecordWriter(path: directory.file("a.ndjson"), overwrite: false),
                options: .init(compute: ComputePlan(workers: 2, threadsPerWorker: 1)))
            running.withLock { $0 = segmentation }
            defer { running.withLock { $0 = nil } }
            let summary = try segmentation.run(mode)

            let count = summary.written.framesWritten
            #expect((6..<100).contains(count), "\(count) of 300 frames")
            #expect(summary.framesIn == count)
            #expect(sink.state.finishes == 1)
            #expect(sink.state.discards == 0)
            let times = sink.state.timestamps
            let all = try SegmentationTests.frames(
                SegmentationTests.sample, SegmentationTests.options(frames: count))
            #expect(times == all.map(\.presentationTimestamp))
            let records = try FrameRecordReader.records(of: directory.file("a.ndjson"))
            #expect(records.map(\.frame) == Array(0..<count))
        }

        // MARK: Memory

        @Test(arguments: 1...3) func aBlockedSinkHoldsBackTheDecoder(_ workers: Int) throws {
            let gate = Latch()
            let reader = try SegmentationTests.reader()
            let peak = Gauge()
            let sink = WatchfulSink(onFrame: { number in
                gate.wait()
                // Frames that exist beyond the decoder: delivered and not yet written.
                let ahead = reader.statistics.framesDelivered - number
                if ahead > peak.now { peak.add(ahead - peak.now) }
                if number == 60 { reader.interrupt() }
            })
            let segmentation = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(), sink: sink,
                options: .init(compute: ComputePlan(workers: workers, threadsPerWorker: 1)))
            let threads = Threads()
            let finished = Mutex<SegmentationSummary?>(nil)
            threads.start {
                let summary = try? segmentation.run()
                finished.withLock { $0 = summary }
            }
            // With the sink standing still, everything fills up and comes to rest: a frame in the hands of
            // each worker, the finished one of the decoder among them, and full queues between them.
            let hands = 6 + workers
            let queues = 2 + 2 * workers + 2 + 2 + 2
            yieldUntil { reader.statistics.framesDelivered >= hands + queues }
            gate.open()
            threads.join()
            #expect(finished.withLock { $0 }?.wasStopped == true)
            // From there on, 60 frames pass, and the decoder could be far ahead of the network.
            #expect(peak.peak == hands + queues)
        }
    }
}
