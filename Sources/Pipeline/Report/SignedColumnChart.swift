/// Numbers of both signs as columns up and down from zero, as inline SVG.
public struct SignedColumnChart: Sendable {
    /// What the chart shows, for those who cannot see it.
    public var description: String
    /// The numbers from left to right.
    public var values: [Double]
    /// What each is called; shown when the pointer rests on it.
    public var names: [String]
    /// The values that are shown.
    public var domain: ClosedRange<Double>
    /// What the horizontal axis is.
    public var xTitle: String
    /// What the vertical axis is.
    public var yTitle: String
    /// Colour of columns above zero.
    public var positive = ChartColour.series(1)
    /// Colour of columns below zero.
    public var negative = ChartColour.series(0)
    /// Width in pixels at its natural size; it grows and shrinks with its place.
    public var width = 520.0
    /// Height in pixels at its natural size.
    public var height = 300.0

    /// Creates a chart; its columns are numbered from 0.
    public init(
        _ description: String, values: [Double], names: [String], domain: ClosedRange<Double>,
        xTitle: String, yTitle: String
    ) {
        self.description = description
        self.values = values
        self.names = names
        self.domain = domain
        self.xTitle = xTitle
        self.yTitle = yTitle
    }

    /// The chart.
    public var html: HTML {
        // Axes and labels are those of a chart without curves.
        var frame = LineChart(
            description, series: [], xTitle: xTitle, yTitle: yTitle,
            xDomain: -0.5...max(0.5, Double(values.count) - 0.5), yDomain: domain)
        frame.width = width
        frame.height = height
        let every = max(1, (values.count + 15) / 16)
        frame.xTicks = stride(from: 0, to: values.count, by: every).map { (Double($0), "\($0)") }
        frame.behind = columns(frame.xScale, frame.yScale)
        return frame.html
    }

    private func columns(_ x: ChartScale, _ y: ChartScale) -> [HTML] {
        let zero = y.position(0)
        let bars = values.enumerated().filter { $0.element.isFinite }.map { index, value -> HTML in
            let left = x.position(Double(index) - 0.4)
            let right = x.position(Double(index) + 0.4)
            let end = y.position(value)
            let name = index < names.count ? names[index] : "\(index)"
            return """
                <rect x="\(left)" y="\(min(zero, end))" width="\(max(0.5, right - left))" \
                height="\(max(0.5, abs(end - zero)))" \
                style="fill: \((value < 0 ? negative : positive).css)"><title>\(name)</title></rect>
                """
        }
        return bars + ["<path class=\"axis\" d=\"M\(x.start) \(zero)H\(x.end)\"/>"]
    }
}
