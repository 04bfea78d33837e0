/// A chart that can be drawn in any width.
public protocol ReportChart {
    /// Width in pixels at its natural size.
    var width: Double { get set }
    /// The chart, drawn in that width.
    var html: HTML { get }
}

extension ReportChart {
    /// Width of a chart on a phone.
    private static var narrowWidth: Double { 340 }

    /// The chart as pages show it: drawn a second time for narrow windows, where scaling it down would leave
    /// nothing to read of its texts.
    public var responsive: HTML {
        guard width > Self.narrowWidth else { return html }
        var narrow = self
        narrow.width = Self.narrowWidth
        return """
            <div class="roomy">\(html)</div>
            <div class="narrow">\(narrow.html)</div>
            """
    }
}

extension LineChart: ReportChart {}
extension BarChart: ReportChart {}
extension ColumnChart: ReportChart {}
extension SignedColumnChart: ReportChart {}
extension SpanChart: ReportChart {}
