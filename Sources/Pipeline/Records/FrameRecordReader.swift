import Foundation
import Model

/// Reads frame records line by line, those of this project's ground truth as well as its own.
///
/// Holds one line in memory at a time. Not safe to use from two threads at once.
public final class FrameRecordReader {
    /// The file that is read.
    public let path: String
    /// Number of the line that was read last, from 1; 0 before the first.
    public var line: Int { lines.number }

    /// Longest line that is accepted, in bytes.
    public static let maximumLineLength = 1 << 28

    private let descriptor: Int32
    private let decoder = JSONDecoder()
    private var lines: LineReader<FrameRecordError>

    /// Opens a file.
    ///
    /// - Throws: ``FrameRecordError``.
    public init(path: String) throws(FrameRecordError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.descriptor = descriptor
        lines = LineReader { (buffer, line) throws(FrameRecordError) in
            guard buffer.count <= Self.maximumLineLength else {
                throw .lineTooLong(path: path, line: line, limit: Self.maximumLineLength)
            }
            return try Self.fill(&buffer, from: descriptor, path)
        }
        guard descriptor >= 0 else {
            throw .system(path: path, operation: "opening", code: errno)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// All records of a file.
    ///
    /// - Throws: ``FrameRecordError`` at the first line that is no record.
    public static func records(of path: String) throws(FrameRecordError) -> [FrameRecord] {
        let reader = try FrameRecordReader(path: path)
        var records: [FrameRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    /// The next record; nil at the end. Empty lines are skipped.
    ///
    /// - Throws: ``FrameRecordError``, with the line's number where the line is at fault. The next call
    ///   goes on behind it.
    public func next() throws(FrameRecordError) -> FrameRecord? {
        while let bytes = try lines.next() {
            guard bytes.contains(where: { $0 > 32 }) else { continue }
            do {
                return try decoder.decode(FrameRecord.self, from: Data(bytes))
            } catch {
                throw .malformed(path: path, line: line, reason: Self.reason(error))
            }
        }
        return nil
    }

    /// Appends more of the file to what is left of it, or sees its end.
    private static func fill(
        _ buffer: inout [UInt8], from descriptor: Int32, _ path: String
    ) throws(FrameRecordError) -> Bool {
        let size = max(1 << 16, buffer.count)
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: size))
        var count = -1
        buffer.withUnsafeMutableBytes { bytes in
            repeat {
                count = read(descriptor, bytes.baseAddress! + start, size)
            } while count < 0 && errno == EINTR
        }
        let code = errno
        buffer.removeLast(size - max(count, 0))
        guard count >= 0 else { throw .system(path: path, operation: "reading", code: code) }
        return count > 0
    }

    /// What a decoding error says, with the place in the record, in one line.
    private static func reason(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { key in
                key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
            }.joined()
            return path.isEmpty ? "" : " at \(path)"
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "no \"\(key.stringValue)\"\(place(context))"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            let text = context.debugDescription.split(whereSeparator: \.isNewline).joined(
                separator: " ")
            return "\(text)\(place(context))"
        default:
            return "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
