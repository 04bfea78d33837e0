/// Reads a text line by line, whoever wrote it: a byte order mark is no part of the first line, and LF, CR LF
/// and CR each end one. Holds one line and what was read with it in memory.
package struct LineReader<Failure: Error> {
    /// Number of the line that was read last, from 1; 0 before the first.
    package private(set) var number = 0

    private static var mark: [UInt8] { [0xEF, 0xBB, 0xBF] }
    private static var lineFeed: UInt8 { UInt8(ascii: "\n") }
    private static var carriageReturn: UInt8 { UInt8(ascii: "\r") }

    private let more: (inout [UInt8], _ number: Int) throws(Failure) -> Bool
    private var buffer: [UInt8] = []
    private var consumed = 0
    private var isAtEnd = false
    /// Whether a line feed that comes next belongs to the end of the last line.
    private var endsInReturn = false

    /// Creates a reader.
    ///
    /// - Parameter more: Appends what comes next in the text, and tells whether there was anything. It may
    ///   throw where a line becomes too long: the bytes and the number that it gets are those of one line.
    package init(
        more: @escaping (_ buffer: inout [UInt8], _ number: Int) throws(Failure) -> Bool
    ) { self.more = more }

    /// The next line without its end; nil at the end of the text.
    package mutating func next() throws(Failure) -> ArraySlice<UInt8>? {
        try skipWhatIsNoText()
        var searched = consumed
        while true {
            let end = buffer[searched...].firstIndex {
                $0 == Self.lineFeed || $0 == Self.carriageReturn
            }
            if let end {
                defer { consumed = end + 1 }
                endsInReturn = buffer[end] == Self.carriageReturn
                number += 1
                return buffer[consumed..<end]
            }
            let length = buffer.count - consumed
            if isAtEnd {
                guard length > 0 else { return nil }
                defer { consumed = buffer.count }
                number += 1
                return buffer[consumed...]
            }
            try fill()
            searched = length
        }
    }

    /// Steps over a byte order mark, and over the second half of a line's end.
    private mutating func skipWhatIsNoText() throws(Failure) {
        if number == 0, consumed == 0 {
            while buffer.count < Self.mark.count, !isAtEnd { try fill() }
            if buffer.starts(with: Self.mark) { consumed = Self.mark.count }
        }
        guard endsInReturn else { return }
        if consumed == buffer.count, !isAtEnd { try fill() }
        if consumed < buffer.count, buffer[consumed] == Self.lineFeed { consumed += 1 }
        endsInReturn = false
    }

    private mutating func fill() throws(Failure) {
        buffer.removeSubrange(..<consumed)
        consumed = 0
        isAtEnd = try !more(&buffer, number + 1)
    }
}

extension LineReader where Failure == Never {
    /// Creates a reader of a text that is in memory.
    package init(_ text: some Sequence<UInt8>) {
        var text: [UInt8]? = [UInt8](text)
        self.init { (buffer, _) throws(Never) in
            guard let all = text else { return false }
            buffer += all
            text = nil
            return true
        }
    }

    /// All lines of a text in memory, without blanks around them, by their numbers; empty ones are left out.
    package static func lines(_ text: some Sequence<UInt8>) -> [(number: Int, text: String)] {
        var reader = LineReader(text)
        var lines: [(number: Int, text: String)] = []
        while let line = reader.next() {
            func isBlank(_ byte: UInt8) -> Bool { byte <= 32 }
            let text = line.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
            if !text.isEmpty {
                lines.append((reader.number, String(decoding: text, as: UTF8.self)))
            }
        }
        return lines
    }
}
