/// Curves over a common horizontal axis, as inline SVG.
public struct LineChart: Sendable {
    /// A curve.
    public struct Series: Sendable {
        /// What it is called; shown when the pointer rests on it.
        public var name: String
        /// Its colour.
        public var colour: ChartColour
        /// Its points from left to right.
        public var points: [(x: Double, y: Double)]

        /// Creates a curve.
        public init(_ name: String, colour: ChartColour, points: [(x: Double, y: Double)]) {
            self.name = name
            self.colour = colour
            self.points = points
        }
    }

    /// What the chart shows, for those who cannot see it.
    public var description: String
    /// The curves; later ones are drawn on top.
    public var series: [Series]
    /// What the horizontal axis is.
    public var xTitle: String
    /// What the vertical axis is.
    public var yTitle: String
    /// The horizontal values that are shown.
    public var xDomain: ClosedRange<Double>
    /// The vertical values that are shown.
    public var yDomain: ClosedRange<Double>
    /// Width in pixels at its natural size; it shrinks where there is less room.
    public var width = 520.0
    /// Height in pixels at its natural size.
    public var height = 340.0
    /// About how many ticks each axis has.
    public var tickCount = 5
    /// Ticks of the horizontal axis with their labels, for a scale that is not linear; nil for round
    /// numbers.
    public var xTicks: [(value: Double, label: String)]?
    /// Moments to mark with a line across the chart, and what they are.
    public var marks: [(x: Double, name: String)] = []
    /// Moments to mark with a full line, and what happened then.
    public var events: [(x: Double, name: String)] = []
    /// Drawn behind the curves.
    var behind: [HTML] = []

    /// Creates a chart.
    public init(
        _ description: String, series: [Series], xTitle: String, yTitle: String,
        xDomain: ClosedRange<Double>, yDomain: ClosedRange<Double>
    ) {
        self.description = description
        self.series = series
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.xDomain = xDomain
        self.yDomain = yDomain
    }

    var xScale: ChartScale { ChartScale(domain: xDomain, start: 44, end: width - 14) }

    var yScale: ChartScale { ChartScale(domain: yDomain, start: height - 40, end: 24) }

    /// The chart.
    public var html: HTML {
        let (x, y) = (xScale, yScale)
        return """
            <svg viewBox="0 0 \(width) \(height)" style="max-width: \(width)px" role="img" \
            aria-label="\(description)">
            \(verticalAxis(x, y) + behind + horizontalAxis(x, y) + marks.map { mark($0, "mark", x, y) } + events.map { mark($0, "mark event", x, y) })
            \(series.map { curve($0, x, y) })
            </svg>
            """
    }

    private func horizontalAxis(_ x: ChartScale, _ y: ChartScale) -> [HTML] {
        let labels = xTicks ?? x.ticks(tickCount).map { ($0, x.label($0, count: tickCount)) }
        let ticks = labels.map { tick -> HTML in
            """
            <text class="middle" x="\(x.position(tick.value))" y="\(y.start + 17)">\
            \(tick.label)</text>
            """
        }
        let line: HTML = """
            <path class="axis" d="M\(x.start) \(y.start)H\(x.end)"/>
            """
        let title: HTML = """
            <text class="end" x="\(x.end)" y="\(y.start + 33)">\(xTitle)</text>
            """
        return ticks + [line, title]
    }

    private func verticalAxis(_ x: ChartScale, _ y: ChartScale) -> [HTML] {
        let ticks = y.ticks(tickCount).map { tick -> HTML in
            """
            <path class="gridline" d="M\(x.start) \(y.position(tick))H\(x.end)"/>\
            <text class="end" x="\(x.start - 7)" y="\(y.position(tick) + 4)">\
            \(y.label(tick, count: tickCount))</text>
            """
        }
        let title: HTML = "<text x=\"4\" y=\"12\">\(yTitle)</text>"
        return ticks + [title]
    }

    private func mark(
        _ mark: (x: Double, name: String), _ style: String, _ x: ChartScale, _ y: ChartScale
    ) -> HTML {
        """
        <path class="\(style)" d="M\(x.position(mark.x)) \(y.start)V\(y.end)">\
        <title>\(mark.name)</title></path>
        """
    }

    private func curve(_ series: Series, _ x: ChartScale, _ y: ChartScale) -> HTML {
        guard !series.points.isEmpty else { return .empty }
        let path = series.points.enumerated().map { index, point in
            "\(index == 0 ? "M" : "L")\(ChartNumber.short(x.position(point.x))) "
                + ChartNumber.short(y.position(point.y))
        }.joined()
        return """
            <path class="curve" style="stroke: \(series.colour.css)" d="\(path)">\
            <title>\(series.name)</title></path>
            """
    }
}
