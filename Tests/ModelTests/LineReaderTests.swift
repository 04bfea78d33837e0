import Testing

@testable import Model

/// Lines of texts by whomever.
@Suite struct LineReaderTests {
    private func lines(_ text: String, piece: Int = .max) -> [String] {
        var rest = [UInt8](text.utf8)
        var reader = LineReader<Never> { (buffer, _) throws(Never) in
            guard !rest.isEmpty else { return false }
            buffer += rest.prefix(piece)
            rest.removeFirst(min(piece, rest.count))
            return true
        }
        var lines: [String] = []
        while let line = reader.next() {
            lines.append("\(reader.number) " + String(decoding: line, as: UTF8.self))
        }
        return lines
    }

    /// However the text comes in pieces.
    @Test(arguments: [1, 2, 3, 4, 7, Int.max])
    func everyLineEnd(piece: Int) {
        for end in ["\n", "\r\n", "\r"] {
            for mark in ["", "\u{FEFF}"] {
                let text = mark + ["one", "", "träne", "  four "].joined(separator: end)
                let expected = ["1 one", "2 ", "3 träne", "4   four "]
                #expect(lines(text, piece: piece) == expected)
                #expect(lines(text + end, piece: piece) == expected)
                #expect(lines(text + end + end, piece: piece) == expected + ["5 "])
            }
        }
        #expect(lines("", piece: piece) == [])
        #expect(lines("\u{FEFF}", piece: piece) == [])
        #expect(lines("\n", piece: piece) == ["1 "])
        #expect(
            lines("a\rb\r\nc\nd\n\re", piece: piece) == ["1 a", "2 b", "3 c", "4 d", "5 ", "6 e"])
        // A mark elsewhere is text.
        #expect(lines("a\u{FEFF}b", piece: piece) == ["1 a\u{FEFF}b"])
    }

    @Test func linesWithoutBlanks() {
        let found = LineReader<Never>.lines("\u{FEFF} one\t\r\n\r\n \t \r\n two  words \r\n".utf8)
        #expect(found.map(\.number) == [1, 4])
        #expect(found.map(\.text) == ["one", "two  words"])
    }

    private struct TooLong: Error { var line: Int }

    @Test func whoGivesTheTextMayRefuseALine() throws {
        var pieces = ["a\nbb", "bbb", "bbb", "b\n"].map { [UInt8]($0.utf8) }
        var reader = LineReader<TooLong> { (buffer, line) throws(TooLong) in
            guard buffer.count < 6 else { throw TooLong(line: line) }
            guard !pieces.isEmpty else { return false }
            buffer += pieces.removeFirst()
            return true
        }
        #expect(try reader.next().map { String(decoding: $0, as: UTF8.self) } == "a")
        let error = #expect(throws: TooLong.self) { try reader.next() }
        #expect(error?.line == 2)
    }
}
