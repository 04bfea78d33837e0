import Dispatch
import Foundation
import Testing

@testable import VideoIO

/// Arrival times and pacing.
@Suite struct PacingTests {
    @Test func packetsAreDueAtTheirDistanceFromTheFirst() {
        var pacer = PacketPacer()
        let unit = Rational(1, 1000)
        #expect(pacer.due(500, unit: unit, now: 7_000) == 7_000)
        #expect(pacer.due(540, unit: unit, now: 8_000) == 40_007_000)
        // Asked late: due all the same.
        #expect(pacer.due(580, unit: unit, now: 900_000_000) == 80_007_000)
        // Without a timestamp, or with one that goes back: with the one before.
        #expect(pacer.due(nil, unit: unit, now: 0) == 80_007_000)
        #expect(pacer.due(100, unit: unit, now: 0) == 80_007_000)
        #expect(pacer.due(620, unit: unit, now: 0) == 120_007_000)
        var untimed = PacketPacer()
        #expect(untimed.due(nil, unit: unit, now: 50) == 50)
    }

    @Test func arrivalsAreFoundByNumberUntilTheyAreTooOld() {
        var log = ArrivalLog(capacity: 4)
        let numbers = (0..<6).map { log.note(UInt64(100 + $0)) }
        #expect(numbers == [0, 1, 2, 3, 4, 5])
        #expect(log.find(5).map { [$0.entry.arrival, UInt64($0.behind)] } == [105, 0])
        #expect(log.find(2).map { [$0.entry.arrival, UInt64($0.behind)] } == [102, 3])
        #expect(log.find(1) == nil)
        #expect(log.find(6) == nil)
        #expect(log.find(-1) == nil)
        #expect(log.find(Int64.min) == nil)
    }

    private func frames(_ path: String, _ options: VideoReader.Options) throws -> [VideoFrame] {
        let reader = try VideoReader(path, options: options)
        var frames: [VideoFrame] = []
        while let element = try reader.next() {
            if case .frame(let frame) = element { frames.append(frame) }
        }
        return frames
    }

    /// Frames carry the arrival of their own packet through reordering and frame threads.
    @Test(arguments: [1, 3]) func framesKnowTheirOwnPacketsArrival(threads: Int) throws {
        let workspace = try Workspace()
        // B-frames in a pyramid: the order of packets is not that of frames.
        try workspace.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=size=128x96:rate=50", "-frames:v", "24", "-c:v",
            "libx264",
            "-bf", "3", "-g", "24", "b.mp4")
        var options = VideoReader.Options()
        options.isPaced = true
        options.decoderThreads = threads
        let start = DispatchTime.now().uptimeNanoseconds
        let frames = try frames(workspace.path("b.mp4"), options)
        let end = DispatchTime.now().uptimeNanoseconds
        #expect(frames.count == 24)
        // Packets are due 20 ms apart in the order of the file.
        let order = try workspace.ffprobe("packet=pts_time", "b.mp4").split(separator: "\n")
            .compactMap { Double($0.filter { "0123456789.".contains($0) }) }
        let first = try #require(frames[0].timing?.arrival)
        for frame in frames {
            let timing = try #require(frame.timing)
            let time = try #require(frame.presentationTime)
            let place = try #require(order.firstIndex { abs($0 - time) < 0.001 })
            let due = Double(timing.arrival - first) / 1e6
            #expect(abs(due - Double(place) * 20) < 1, "frame \(time)")
            #expect(timing.capture == .init(time: timing.arrival, source: .pacing, uncertainty: 0))
        }
        // It took as long as the packets' distances say, and was not busy all that time.
        #expect(Double(end - start) / 1e6 >= 23 * 20 - 60)
        let work = frames.reduce(UInt64(0)) { $0 + ($1.timing?.work ?? 0) }
        #expect(work < end - start)
    }

    @Test func anInterruptEndsTheWaitAtOnce() throws {
        let workspace = try Workspace()
        // One frame every ten seconds.
        try workspace.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=1/10", "-frames:v", "5", "-c:v", "mpeg4",
            "slow.mkv")
        var options = VideoReader.Options()
        options.isPaced = true
        let reader = try VideoReader(workspace.path("slow.mkv"), options: options)
        let begun = DispatchTime.now().uptimeNanoseconds
        DispatchQueue(label: "interrupt").async { reader.interrupt() }
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(reader.wasInterrupted)
        #expect(count < 5)
        #expect(DispatchTime.now().uptimeNanoseconds - begun < 9_000_000_000)
    }

    @Test func sleepersWakeOnTimeOrOnRequest() {
        let interruption = Interruption()
        let now = DispatchTime.now().uptimeNanoseconds
        #expect(interruption.sleep(until: now + 2_000_000))
        #expect(DispatchTime.now().uptimeNanoseconds >= now + 2_000_000)
        interruption.interrupt()
        #expect(!interruption.sleep(until: now + 60_000_000_000))
    }

    @Test func aPipeGivesFramesAsSoonAsTheyAreWritten() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let sink = PipeSink(descriptor: ends[1], frameRate: Rational(25, 1))
        let writing = ends[0]
        for number in 0..<3 {
            let frame = try VideoFrame(
                width: 64, height: 48, format: .yuv420p, presentationTimestamp: Int64(number),
                timeBase: Rational(1, 25), duration: 1)
            try sink.write(frame)
            #expect(sink.framesHeld == 0)
        }
        var options = VideoReader.Options()
        options.inputOptions = ["fpsprobesize": "0"]
        options.decoderThreads = 1
        #expect(try sink.finish().framesWritten == 3)
        let reader = try VideoReader("/dev/fd/\(writing)", options: options)
        close(writing)
        var times: [Double] = []
        while let element = try reader.next() {
            if case .frame(let frame) = element { times.append(frame.presentationTime ?? -1) }
        }
        #expect(times.map { ($0 * 25).rounded() } == [0, 1, 2])
        #expect(throws: VideoError.self) {
            try sink.write(VideoFrame(width: 64, height: 48, format: .yuv420p))
        }
    }
}
