/// How often values fall into ranges of equal width, as inline SVG.
public struct ColumnChart: Sendable {
    /// What the chart shows, for those who cannot see it.
    public var description: String
    /// The values that the columns cover together, in equal parts.
    public var domain: ClosedRange<Double>
    /// How many values fall into each part.
    public var counts: [Int]
    /// What the horizontal axis is.
    public var xTitle: String
    /// What the vertical axis is.
    public var yTitle: String
    /// Colour of the columns.
    public var colour = ChartColour.series(0)
    /// Values to mark with a line, and their names.
    public var marks: [(x: Double, name: String)] = []
    /// Width in pixels at its natural size; it grows and shrinks with its place.
    public var width = 520.0
    /// Height in pixels at its natural size.
    public var height = 300.0

    /// Creates a chart.
    public init(
        _ description: String, domain: ClosedRange<Double>, counts: [Int], xTitle: String,
        yTitle: String
    ) {
        self.description = description
        self.domain = domain
        self.counts = counts
        self.xTitle = xTitle
        self.yTitle = yTitle
    }

    /// The chart.
    public var html: HTML {
        // Axes, marks and labels are those of a chart without curves.
        let top = ChartScale.fromZero(to: counts.map(Double.init))
        var frame = LineChart(
            description, series: [], xTitle: xTitle, yTitle: yTitle, xDomain: domain, yDomain: top)
        frame.width = width
        frame.height = height
        frame.marks = marks
        frame.behind = columns(frame.xScale, frame.yScale)
        return frame.html
    }

    private func columns(_ x: ChartScale, _ y: ChartScale) -> [HTML] {
        let step = (domain.upperBound - domain.lowerBound) / Double(max(1, counts.count))
        return counts.enumerated().filter { $0.element > 0 }.map { index, count in
            let low = domain.lowerBound + Double(index) * step
            let (left, right) = (x.position(low), x.position(low + step))
            let height = max(1, y.start - y.position(Double(count)))
            return """
                <rect x="\(left + 0.5)" y="\(y.start - height)" \
                width="\(max(0.5, right - left - 1))" height="\(height)" \
                style="fill: \(colour.css)"><title>\(low, digits: 2) to \(low + step, digits: 2): \
                \(count)</title></rect>
                """
        }
    }
}
