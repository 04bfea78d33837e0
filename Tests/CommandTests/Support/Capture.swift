import Foundation

/// What a process writes to one of its streams, gathered on a thread of its own so that the process never
/// waits for its reader.
final class Capture: @unchecked Sendable {
    // @unchecked: `bytes` and `isClosed` are touched only while `condition` is locked.
    private let condition = NSCondition()
    private var bytes = Data()
    private var isClosed = false

    /// Reads until the last writer has closed the pipe.
    init(_ handle: FileHandle) {
        DispatchQueue(label: "capture").async { [self] in
            while true {
                let data = handle.availableData
                condition.lock()
                bytes.append(data)
                isClosed = data.isEmpty
                condition.broadcast()
                condition.unlock()
                if data.isEmpty { return }
            }
        }
    }

    /// What has come so far.
    var data: Data {
        condition.lock()
        defer { condition.unlock() }
        return bytes
    }

    /// Waits until what has come satisfies the condition; false if it does not in time, or at the end.
    func wait(until deadline: Date, for isEnough: (Data) -> Bool) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isEnough(bytes) {
            if isClosed || !condition.wait(until: deadline) { return isEnough(bytes) }
        }
        return true
    }

    /// Waits for the end of the stream; false if it does not come in time.
    func waitForEnd(until deadline: Date) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isClosed {
            if !condition.wait(until: deadline) { return isClosed }
        }
        return true
    }
}
