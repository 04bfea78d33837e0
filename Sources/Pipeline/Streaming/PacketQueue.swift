import Foundation
import VideoIO

/// What waits for one output. Whoever fills it never waits: when it is full everything in it is thrown away,
/// and it goes on with the next keyframe.
///
/// `@unchecked Sendable`: all state is touched only while `condition` is held.
final class PacketQueue: @unchecked Sendable {
    typealias Entry = (packet: LivePacket, stream: EncodedStream)

    private let condition = NSCondition()
    private let capacity: Int
    private let largestSize: Int
    private var entries: [Entry] = []
    private var size = 0
    private var isClosed = false
    private var awaitsKeyframe = true
    private var dropCount = 0
    private var overflowCount = 0

    /// - Parameters:
    ///   - capacity: Packets that it holds.
    ///   - largestSize: Bytes that it holds.
    init(capacity: Int = 300, largestSize: Int = 64 << 20) {
        self.capacity = capacity
        self.largestSize = largestSize
    }

    /// Packets thrown away.
    var dropped: Int { locked { dropCount } }
    /// Times that it was full.
    var overflows: Int { locked { overflowCount } }

    private func locked<R>(_ body: () -> R) -> R {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    /// Adds a packet; never waits.
    func offer(_ packet: LivePacket, _ stream: EncodedStream) {
        locked {
            guard !isClosed else { return dropCount += 1 }
            if entries.count >= capacity || size + packet.size > largestSize {
                dropCount += entries.count
                overflowCount += 1
                entries.removeAll(keepingCapacity: true)
                size = 0
                awaitsKeyframe = true
            }
            if awaitsKeyframe && !packet.isKeyframe { return dropCount += 1 }
            awaitsKeyframe = false
            entries.append((packet, stream))
            size += packet.size
            condition.signal()
        }
    }

    /// The next packet; nil when the queue is closed and empty. Blocks.
    func take() -> Entry? {
        locked {
            while entries.isEmpty {
                if isClosed { return nil }
                condition.wait()
            }
            let entry = entries.removeFirst()
            size -= entry.packet.size
            return entry
        }
    }

    /// Tells that nothing will be added.
    func close() {
        locked {
            isClosed = true
            condition.broadcast()
        }
    }
}
