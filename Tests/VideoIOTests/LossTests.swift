import Foundation
import Testing

@testable import VideoIO

/// Frames that demuxers skip in silence where a file is damaged, and gaps that are no damage.
@Suite("Losses") struct LossTests {
    private static let frames = 200

    /// 8 s of video and sound, keyframes every second.
    private func whole(_ work: Workspace, _ name: String) throws -> String {
        try work.ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=8", "-f", "lavfi", "-i", "sine=d=8",
            "-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-c:a", "aac", name)
    }

    private func change(_ file: String, _ body: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        body(&data)
        try data.write(to: URL(fileURLWithPath: file))
    }

    private func read(_ file: String) throws -> (frames: Int, reader: VideoReader) {
        let reader = try VideoReader(file)
        return (try readAll(reader).frames.count, reader)
    }

    @Test(
        "What is skipped at a damaged place is counted and placed",
        arguments: ["mkv", "flv", "ts"], [true, false])
    func skipped(container: String, overwrites: Bool) throws {
        let work = try Workspace()
        let file = try whole(work, "a.\(container)")
        #expect(try !read(file).reader.statistics.hasDamage)
        try change(file) { data in
            let place = data.count / 2..<data.count / 2 + 30_000
            if overwrites {
                data.replaceSubrange(place, with: Data(count: place.count))
            } else {
                data.removeSubrange(place)
            }
        }
        let (frames, reader) = try read(file)
        let statistics = reader.statistics
        #expect(frames < Self.frames - 5)
        #expect(statistics.hasDamage)
        // The decoder may drop a frame more than the container lost.
        let sum = frames + statistics.missingFrames
        #expect((Self.frames - 2...Self.frames + 2).contains(sum), "\(frames), \(statistics)")
        #expect(statistics.missingSound > 0.02)
        let place = try #require(statistics.firstLoss)
        #expect((2.5...5.5).contains(place), "\(place)")
    }

    @Test("A byte too few in one place is found")
    func oneByte() throws {
        let work = try Workspace()
        let file = try whole(work, "a.mkv")
        try change(file) { $0.remove(at: $0.count * 6 / 10) }
        let (frames, reader) = try read(file)
        #expect(frames < Self.frames)
        #expect(reader.statistics.missingFrames > 0)
        #expect(frames + reader.statistics.missingFrames >= Self.frames - 1)
    }

    @Test("A fragmented MP4 file with a damaged box is not taken for a short one")
    func fragments() throws {
        let work = try Workspace()
        let source = try whole(work, "a.mkv")
        let file = try work.ffmpeg(
            "-i", source, "-c", "copy", "-movflags", "frag_keyframe+empty_moov", "a.mp4")
        let (frames, intact) = try read(file)
        #expect(frames == Self.frames)
        #expect(intact.endedEarly == nil)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        var boxes: [Int] = []
        var start = bytes.startIndex
        while let found = bytes[start...].firstRange(of: Data("moof".utf8)) {
            boxes.append(found.lowerBound - 4)
            start = found.upperBound
        }
        #expect(boxes.count == 8)
        // A header zeroed, the first one zeroed, a byte too few.
        for (name, place, body) in [
            (
                "zero", boxes[4],
                { (data: inout Data) in data.resetBytes(in: boxes[4]..<boxes[4] + 8) }
            ),
            ("first", boxes[0], { $0.resetBytes(in: boxes[0]..<boxes[0] + 8) }),
            ("cut", boxes[5] - 1, { _ = $0.remove(at: boxes[5] - 100) }),
        ] {
            try bytes.write(to: URL(fileURLWithPath: file))
            try change(file, body)
            guard let reader = try? VideoReader(file) else {
                #expect(name == "first", "\(name)")
                continue
            }
            let count = try readAll(reader).frames.count
            #expect(count < Self.frames)
            #expect(reader.endedEarly != nil || reader.statistics.hasDamage, "\(name)")
            if name == "zero" {
                #expect(reader.endedEarly?.contains("at byte \(place),") == true)
            }
        }
        // What follows the end of an ordinary file is no part of it.
        let plain = try work.ffmpeg("-i", source, "-c", "copy", "b.mp4")
        try change(plain) { $0.append(Data(repeating: 0, count: 100)) }
        let (all, reader) = try read(plain)
        #expect(all == Self.frames)
        #expect(reader.endedEarly == nil)
    }

    @Test("Damage that is read while the file is opened is found as well")
    func inProbing() throws {
        let work = try Workspace()
        let file = try whole(work, "a.flv")
        try change(file) { data in
            let place = data.count / 10
            data.replaceSubrange(place..<place + 8000, with: Data(repeating: 0x55, count: 8000))
        }
        let (frames, reader) = try read(file)
        #expect(frames < Self.frames)
        #expect(reader.statistics.missingFrames > 0)
    }

    @Test("Variable rates, pauses, edits and late beginnings are no damage")
    func noAlarm() throws {
        let work = try Workspace()
        let source = try whole(work, "a.mkv")
        let list = work.path("list.txt")
        try Data("file a.mkv\noutpoint 2\nfile a.mkv\ninpoint 5\n".utf8)
            .write(to: URL(fileURLWithPath: list))
        let pause = "select='not(between(n,50,120))'"
        let sparse = "select='gt(random(0),0.6)'"
        let files = try [
            work.ffmpeg("-i", source, "-vf", pause, "-fps_mode", "vfr", "pause.mkv"),
            work.ffmpeg("-i", source, "-vf", sparse, "-fps_mode", "vfr", "sparse.mkv"),
            work.ffmpeg("-i", source, "-vf", sparse, "-fps_mode", "vfr", "sparse.mp4"),
            work.ffmpeg("-i", source, "-vf", sparse, "-fps_mode", "vfr", "sparse.ts"),
            work.ffmpeg("-ss", "3.3", "-i", source, "-c", "copy", "edit.mp4"),
            work.ffmpeg("-itsoffset", "5", "-i", source, "-c", "copy", "late.mkv"),
            work.ffmpeg("-itsoffset", "5", "-i", source, "-c", "copy", "late.ts"),
            work.ffmpeg("-f", "concat", "-i", "list.txt", "-c", "copy", "joined.mkv"),
        ]
        for file in files {
            let (frames, reader) = try read(file)
            #expect(frames > 50, "\(file)")
            #expect(!reader.statistics.hasDamage, "\(file): \(reader.statistics)")
            #expect(reader.endedEarly == nil, "\(file)")
        }
    }
}

@Suite("Loss detector") struct LossDetectorTests {
    private var detector = LossDetector(frameDuration: 0.04, reorderedFrames: 2)

    private mutating func play(_ times: [Double], duration: Double = 0.04) -> Int {
        times.reduce(0) { sum, time in
            detector.noteVideo(time: time, duration: duration)
            return sum + detector.noteFrame(time: time, duration: duration)
        }
    }

    @Test mutating func aGapWithoutDamageIsNoLoss() {
        #expect(play([0, 0.04, 0.08, 3, 3.04]) == 0)
    }

    @Test mutating func aGapAtDamageIsCounted() {
        #expect(play([0, 0.04]) == 0)
        detector.noteDamage()
        #expect(detector.hasOpenDamage)
        #expect(play([0.20, 0.24]) == 3)
        #expect(!detector.hasOpenDamage)
        #expect(play([0.28, 0.32, 0.36, 0.40, 0.44]) == 0)
        // The damage is behind: this is a pause.
        #expect(play([5, 5.04]) == 0)
    }

    @Test mutating func damageWithoutAGapIsNoLoss() {
        #expect(play([0, 0.04]) == 0)
        detector.noteDamage()
        #expect(play([0.081, 0.12]) == 0)
    }

    @Test mutating func framesThatComeLateAreFoundOutOfOrder() {
        // I0 P4 B1 | P12 B9: 2, 3 and 5 to 8 are gone, and the decoder hands out 0 1 4 9 12.
        for index in [0.0, 4, 1] { detector.noteVideo(time: index * 0.04, duration: 0.04) }
        detector.noteDamage()
        for index in [12.0, 9] { detector.noteVideo(time: index * 0.04, duration: 0.04) }
        let missing = [0.0, 1, 4, 9, 12].map {
            detector.noteFrame(time: $0 * 0.04, duration: 0.04)
        }
        #expect(missing == [0, 0, 2, 4, 2])
    }

    @Test mutating func soundIsMissedAtDamageOnly() {
        #expect(detector.noteSound(stream: 1, time: 0, duration: 0.02) == 0)
        #expect(detector.noteSound(stream: 1, time: 1, duration: 0.02) == 0)
        detector.noteDamage()
        let missing = detector.noteSound(stream: 1, time: 1.5, duration: 0.02)
        #expect(abs(missing - 0.48) < 1e-9)
        #expect(detector.noteSound(stream: 1, time: 2, duration: 0.02) == 0)
    }
}
