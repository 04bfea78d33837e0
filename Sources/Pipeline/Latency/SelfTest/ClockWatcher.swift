import VideoIO

/// Looks at the pictures at the end of the way.
struct ClockWatcher {
    /// A picture that was seen.
    struct Sight {
        /// Its place in the stream, counted by its timestamp.
        var number: Int
        /// Age in nanoseconds; nil where its code could not be read.
        var age: UInt64?
    }

    var frameRate: Int

    /// Reads to the end of a stream.
    func watch(_ reader: VideoReader) throws -> [Sight] {
        var sights: [Sight] = []
        while let element = try reader.next() {
            guard case .frame(let frame) = element else { continue }
            let now = PipelineClock.monotonic.now()
            let number = Int(((frame.presentationTime ?? 0) * Double(frameRate)).rounded())
            let age = ClockCode.read(frame).map { ClockCode.age(of: $0, at: now) }
            sights.append(Sight(number: number, age: age))
        }
        return sights
    }
}
