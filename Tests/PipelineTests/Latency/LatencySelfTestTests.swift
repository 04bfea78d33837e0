import Foundation
import Model
import Testing
import VideoIO

@testable import Pipeline

@Suite struct ClockCodeTests {
    private func frame() throws -> VideoFrame {
        try VideoFrame(width: 640, height: 360, format: .yuv420p)
    }

    @Test(arguments: [0, 1, 0x55_5555_5555, 0xff_ffff_ffff, 123_456_789_012])
    func timesComeBack(time: UInt64) throws {
        let frame = try frame()
        try ClockCode.paint(time, on: frame)
        #expect(ClockCode.read(frame) == time % ClockCode.period)
    }

    @Test func whatIsPaintedOverIsNotRead() throws {
        let frame = try frame()
        #expect(ClockCode.read(frame) == nil, "black is no time")
        try ClockCode.paint(987_654_321, on: frame)
        try frame.withMutablePlanes { planes in
            for y in 0..<16 {
                for x in 32..<48 {
                    let index = y * planes[0].bytesPerRow + x
                    // The other colour.
                    planes[0].bytes[index] = planes[0].bytes[index] > 100 ? 16 : 235
                }
            }
        }
        #expect(ClockCode.read(frame) == nil, "the checksum differs")
        try ClockCode.paint(987_654_321, on: frame)
        try frame.withMutablePlanes { planes in
            for y in 0..<16 { planes[0].bytes[y * planes[0].bytesPerRow + 40] = 128 }
            for y in 0..<16 {
                for x in 0..<16 { planes[0].bytes[y * planes[0].bytesPerRow + x] = 128 }
            }
        }
        #expect(ClockCode.read(frame) == nil, "grey is neither")
        let small = try VideoFrame(width: 64, height: 64, format: .yuv420p)
        #expect(ClockCode.read(small) == nil)
    }

    @Test func agesSurviveTheEndOfThePeriod() {
        #expect(
            ClockCode.age(of: ClockCode.period - 10, at: (ClockCode.period + 5) * 1000) == 15_000)
    }
}

extension SegmentationTests {
    @Suite struct LatencySelfTests {
        /// Pictures of the time through pipes or RTSP, encoders, decoders and the network.
        @Test(arguments: LatencySelfTest.Transport.allCases)
        func whatIsReportedIsTrue(_ transport: LatencySelfTest.Transport) throws {
            var options = LatencySelfTest.Options()
            options.transport = transport
            options.frameCount = 40
            options.warmUp = 10
            var settings = VideoSegmentation.Options(
                compute: ComputePlan(workers: 1, threadsPerWorker: 1))
            settings.overlay.drawsMasks = false
            settings.overlay.drawsOutlines = false
            settings.overlay.drawsBoxes = false
            settings.overlay.drawsLabels = false
            let result = try LatencySelfTest(options: options).run(
                network: SegmentationTests.demo(), segmentation: settings)
            #expect(result.seen == 40)
            #expect(result.readable == 40)
            #expect(result.compared >= 29)
            #expect(result.keptByReader == (transport == .rtsp ? result.frameTime : 0))
            let age = try #require(result.glassToGlass)
            let told = try #require(result.reported)
            #expect(age.p50 > told.p50)
            #expect(abs(try #require(result.medianError)) < result.frameTime)
        }

        @Test func runsOverFilesAreRecorded() throws {
            var options = SegmentationTests.options(frames: 30)
            options.decoderThreads = 1
            let reader = try VideoReader(SegmentationTests.sample, options: options)
            var settings = VideoSegmentation.Options(
                compute: ComputePlan(workers: 2, threadsPerWorker: 1))
            settings.latency = LatencyRecorder.Options(warmUp: 2)
            let summary = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(), sink: NullSink(),
                options: settings
            ).run()
            let run = try #require(summary.latency)
            #expect(run.records.map(\.frame) == Array(0..<30))
            #expect(run.framesArrived == run.framesWritten + summary.overdue)
            #expect(run.measures.arrivalToWrite.count == 28)
            #expect(run.records.reduce(0) { $0 + $1.instances } == summary.instances)
            // The sample has two frames to put into order.
            #expect(run.decoderDelay == DecoderDelay(reordering: 2, frameThreads: 0))
            // A pyramid of B-frames: the same five places again and again, two frames inside on average.
            let behind = run.records.prefix(25).compactMap(\.packetsBehind)
            #expect(behind.prefix(9) == [2, 0, 2, 1, 5, 0, 2, 1, 5])
            #expect(abs(Double(behind.reduce(0, +)) / 25 - 2) < 0.1)
            for record in run.records {
                var ready = record.arrival
                for (stage, visit) in record.visits.enumerated() {
                    #expect(ready <= visit.start || stage == 0)
                    #expect(visit.enqueued <= visit.start && visit.start <= visit.end)
                    ready = visit.end
                }
                let sum = record.visits.indices.reduce(UInt64(0)) {
                    $0 + record.wait(beforeStage: $1) + record.visits[$1].service
                }
                #expect(sum == record.arrivalToWrite)
            }
            // Unpaced, nobody knows when pictures were taken.
            #expect(run.records.allSatisfy { $0.capture == nil })
        }

        /// Latency counts from when a frame was due, although the reader comes late.
        @Test func lateReadersAreChargedAndLateFramesDropped() throws {
            var options = SegmentationTests.options(frames: 24)
            options.isPaced = true
            let reader = try VideoReader(SegmentationTests.sample, options: options)
            var settings = VideoSegmentation.Options(
                compute: ComputePlan(workers: 1, threadsPerWorker: 1))
            settings.latency = LatencyRecorder.Options()
            // Nothing is as quick as that.
            settings.dropsAfter = .nanoseconds(1)
            let dropped = try VideoSegmentation(
                reader: reader, network: SegmentationTests.demo(), sink: WatchfulSink(),
                options: settings
            ).run()
            #expect(dropped.overdue == 24)
            #expect(dropped.latency?.drops == [.overdue: 24])
            #expect(dropped.latency?.records.count == 24)
            #expect(dropped.framesIn == dropped.overdue + dropped.written.framesWritten)
        }
    }
}
