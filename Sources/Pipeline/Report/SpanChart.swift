/// What happened when: rows of bars along a common axis, as inline SVG.
public struct SpanChart: Sendable {
    /// A stretch of the axis.
    public struct Span: Sendable {
        /// Where it begins and ends.
        public var range: ClosedRange<Double>
        /// Its colour.
        public var colour: ChartColour
        /// Whether it stands back behind the others.
        public var isFaint: Bool
        /// What it is; shown when the pointer rests on it.
        public var name: String

        /// Creates a span.
        public init(
            _ range: ClosedRange<Double>, colour: ChartColour, isFaint: Bool = false, name: String
        ) {
            self.range = range
            self.colour = colour
            self.isFaint = isFaint
            self.name = name
        }
    }

    /// What the chart shows, for those who cannot see it.
    public var description: String
    /// Names at the left, the spans, and a text at the right, from top to bottom.
    public var rows: [(name: String, spans: [Span], label: String)]
    /// The values that are shown.
    public var domain: ClosedRange<Double>
    /// What the axis is.
    public var xTitle: String
    /// Width in pixels at its natural size; it grows and shrinks with its place.
    public var width = 520.0
    /// Width of the names at the left.
    public var nameWidth = 84.0

    /// Creates a chart.
    public init(
        _ description: String, rows: [(name: String, spans: [Span], label: String)],
        domain: ClosedRange<Double>, xTitle: String
    ) {
        self.description = description
        self.rows = rows
        self.domain = domain
        self.xTitle = xTitle
    }

    private static let rowHeight = 20.0
    private static let barHeight = 13.0

    /// The chart.
    public var html: HTML {
        let scale = ChartScale(domain: domain, start: nameWidth, end: width - 104)
        let bottom = Double(rows.count) * Self.rowHeight + 4
        let ticks = scale.ticks(4).map { tick -> HTML in
            """
            <path class="gridline" d="M\(scale.position(tick)) 0V\(bottom)"/>\
            <text class="middle" x="\(scale.position(tick))" y="\(bottom + 15)">\
            \(scale.label(tick, count: 4))</text>
            """
        }
        let lines = rows.enumerated().map { index, row -> HTML in
            let top = Double(index) * Self.rowHeight
            return """
                <text class="end strong" x="\(nameWidth - 8)" y="\(top + 14)">\(row.name)</text>
                \(row.spans.map { rectangle($0, scale, top + 4) })
                <text class="end" x="\(width - 2)" y="\(top + 14)">\(row.label)</text>
                """
        }
        return """
            <svg viewBox="0 0 \(width) \(bottom + 36)" role="img" aria-label="\(description)">
            \(ticks)
            \(lines)
            <text class="end" x="\(scale.end)" y="\(bottom + 31)">\(xTitle)</text>
            </svg>
            """
    }

    private func rectangle(_ span: Span, _ scale: ChartScale, _ top: Double) -> HTML {
        let start = scale.position(span.range.lowerBound)
        let width = max(span.isFaint ? 0 : 1, scale.position(span.range.upperBound) - start)
        return """
            <rect x="\(start)" y="\(top)" width="\(width)" height="\(Self.barHeight)" rx="2" \
            style="fill: \(span.colour.css)\(span.isFaint ? "; opacity: 0.3" as HTML : .empty)">\
            <title>\(span.name)</title></rect>
            """
    }
}
