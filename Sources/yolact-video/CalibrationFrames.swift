import Logging
import Model
import Pipeline
import VideoIO

/// Frames spread evenly over a video, as a network gets them.
///
/// One pass, whatever the length: every n-th frame is kept, and when twice as many are there as are wanted,
/// every other one of them goes and n doubles.
struct CalibrationFrames {
    let path: String
    let count: Int

    init(_ path: String, count: Int) {
        self.path = path
        self.count = count
    }

    func read(
        _ preprocessor: Preprocessor, _ makeInput: () -> InputTensor, _ logger: Logger
    ) throws -> [InputTensor] {
        var options = VideoReader.Options()
        options.carriesOtherStreams = false
        let reader = try VideoReader(path, options: options)
        let monitor = InterruptMonitor { _ in reader.interrupt() }
        defer { monitor.stop() }
        var kept: [InputTensor] = []
        var spare: [InputTensor] = []
        var interval = 1
        var index = 0
        while let element = try reader.next() {
            guard case .frame(let frame) = element else { continue }
            defer { index += 1 }
            guard index % interval == 0 else { continue }
            if kept.count == 2 * count {
                spare += stride(from: 1, to: kept.count, by: 2).map { kept[$0] }
                kept = stride(from: 0, to: kept.count, by: 2).map { kept[$0] }
                interval *= 2
                guard index % interval == 0 else { continue }
            }
            let input = spare.popLast() ?? makeInput()
            try frame.withImage { try preprocessor.process($0, into: input) }
            kept.append(input)
        }
        if let signal = monitor.signal { throw Interrupted(signal: signal) }
        if reader.statistics.hasDamage {
            logger.warning("\(path): \(reader.statistics.damageDescription)")
        }
        let wanted = min(count, kept.count)
        return (0..<wanted).map { kept[$0 * kept.count / wanted] }
    }
}
