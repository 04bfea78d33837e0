import Foundation

/// A frame record of one camera among others: the record's own keys, and before them `source` (the camera's
/// name), `clock` (when it was recorded, UTC) and, where the picture may be damaged, `suspect`.
struct StreamRecord {
    var source: String
    var received: Date
    var isSuspect: Bool
    var record: FrameRecord

    /// One line of JSON, its line break included.
    var line: [UInt8] {
        var bytes = Array("{\"source\":".utf8)
        JSONText.append(quoted: source, to: &bytes)
        bytes.append(contentsOf: ",\"clock\":\"".utf8)
        bytes.append(
            contentsOf: received.ISO8601Format(.init(includingFractionalSeconds: true)).utf8)
        bytes.append(contentsOf: (isSuspect ? "\",\"suspect\":true," : "\",").utf8)
        var own: [UInt8] = []
        record.appendLine(to: &own)
        bytes.append(contentsOf: own.dropFirst())
        return bytes
    }
}
