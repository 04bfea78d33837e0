import Foundation
import Model

/// Hands one finished frame at a time from the network to a camera's presenter.
///
/// `@unchecked Sendable`: all state is touched only while `condition` is held.
final class PresentationSlot: @unchecked Sendable {
    /// A frame with what was found in it.
    struct Finished: Sendable {
        var item: FrameExchange.Item
        var instances: [Instance]
        /// Number of the network.
        var worker: Int
        /// When the network took it up, and was done with it.
        var network: (start: UInt64, end: UInt64)
    }

    enum Outcome {
        case finished(Finished)
        case timeout
        case closed
    }

    private let condition = NSCondition()
    private var content: Finished?
    private var isClosed = false

    /// Puts a frame in. The slot is empty: the frame before was taken before this one was begun.
    func put(_ finished: Finished) {
        condition.lock()
        defer { condition.unlock() }
        precondition(content == nil, "a camera's frames are processed one at a time")
        content = finished
        condition.broadcast()
    }

    /// Takes the frame out. Blocks, until a time of the monotonic clock if one is given.
    func take(until time: UInt64?) -> Outcome {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let found = content {
                content = nil
                return .finished(found)
            }
            if isClosed { return .closed }
            guard let time else {
                condition.wait()
                continue
            }
            let now = PipelineClock.monotonic.now()
            guard time > now else { return .timeout }
            _ = condition.wait(until: Date(timeIntervalSinceNow: Double(time - now) / 1e9))
        }
    }

    /// Tells that no frame will come.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
    }
}
