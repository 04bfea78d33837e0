/// A piece of HTML or SVG, put together by string interpolation that cannot go wrong: texts are escaped,
/// pieces are not.
///
/// ```swift
/// let row: HTML = "<tr><td>\(category.name)</td><td>\(figure, digits: 3)</td></tr>"
/// ```
///
/// What stands in the source code is taken as it is; use interpolation for anything that comes from
/// outside of it.
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// The piece as text.
    public private(set) var text: String

    /// Creates a piece from source code, which is not escaped.
    public init(stringLiteral value: String) { text = value }

    /// Creates a piece from an interpolation.
    public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// Nothing.
    public static let empty: HTML = ""

    /// Puts pieces one after the other, with line breaks between them.
    public init(_ pieces: some Sequence<HTML>) {
        text = pieces.map(\.text).filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// Creates a piece that shows a text.
    public init(showing plain: String) {
        text = ""
        Self.append(escaping: plain, to: &text)
    }

    /// Gathers the parts of a literal.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        /// Called by the compiler.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        /// Source code, taken as it is.
        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// A text, escaped for elements and for attributes in quotes.
        public mutating func appendInterpolation(_ plain: String) {
            HTML.append(escaping: plain, to: &text)
        }

        /// A piece, taken as it is.
        public mutating func appendInterpolation(_ piece: HTML) { text += piece.text }

        /// Pieces one after the other.
        public mutating func appendInterpolation(_ pieces: [HTML]) { text += HTML(pieces).text }

        /// A whole number.
        public mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

        /// A number with that many digits after the point.
        public mutating func appendInterpolation(_ number: Double, digits: Int) {
            text += ChartNumber.fixed(number, digits: digits)
        }

        /// A coordinate or length: at most one digit after the point.
        public mutating func appendInterpolation(_ length: Double) {
            text += ChartNumber.short(length)
        }
    }

    /// Appends another piece.
    public static func += (piece: inout HTML, other: HTML) { piece.text += other.text }

    private static func append(escaping plain: String, to text: inout String) {
        for scalar in plain.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            // Not allowed in HTML, however written.
            case "\0"..."\u{8}", "\u{B}", "\u{E}"..."\u{1F}", "\u{7F}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
