/// The colour of a series. Which shade it is depends on whether the reader's system is light or dark.
public enum ChartColour: Sendable, Hashable {
    /// One of ``count`` colours that are easy to tell apart; further numbers begin anew.
    case series(Int)
    /// A step of a scale from 0, which stands back, to 1, which stands out; for series that have an order.
    case ramp(Double)

    /// Colours of ``series(_:)``: more than the stages of a frame's way.
    static let count = 12

    /// The colour as a value for CSS.
    var css: HTML {
        switch self {
        case .series(let index):
            let number = (index % Self.count + Self.count) % Self.count + 1
            return "var(--s\(number))"
        case .ramp(let position):
            let step = position.isFinite ? Int((min(max(position, 0), 1) * 9).rounded()) : 0
            return "var(--r\(step))"
        }
    }
}

/// What the colours of a chart stand for.
public struct ChartLegend: Sendable {
    /// Names and colours.
    public var entries: [(name: String, colour: ChartColour)]

    /// Creates a legend.
    public init(_ entries: [(name: String, colour: ChartColour)]) { self.entries = entries }

    /// The legend as a list.
    public var html: HTML {
        let items = entries.map { entry -> HTML in
            "<li><i style=\"background: \(entry.colour.css)\"></i>\(entry.name)</li>"
        }
        return "<ul class=\"legend\">\n\(items)\n</ul>"
    }
}
