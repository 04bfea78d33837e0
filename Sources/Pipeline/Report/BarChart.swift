/// Horizontal bars with their names at the left and their values at the right, as inline SVG.
public struct BarChart: Sendable {
    /// A bar.
    public struct Bar: Sendable {
        /// How long it is.
        public var value: Double
        /// Its colour.
        public var colour: ChartColour
        /// The value as it is written.
        public var label: String
        /// What it is called; shown when the pointer rests on it.
        public var name: String

        /// Creates a bar.
        public init(_ value: Double, colour: ChartColour, label: String, name: String) {
            self.value = value
            self.colour = colour
            self.label = label
            self.name = name
        }
    }

    /// Bars that belong together.
    public struct Group: Sendable {
        /// What is written at the left.
        public var name: String
        /// The bars.
        public var bars: [Bar]

        /// Creates a group.
        public init(_ name: String, _ bars: [Bar]) {
            self.name = name
            self.bars = bars
        }
    }

    /// How the bars of a group lie.
    public enum Arrangement: Sendable {
        /// One below the other.
        case sideBySide
        /// One behind the other in one row, for parts of a whole.
        case stacked
    }

    /// What the chart shows, for those who cannot see it.
    public var description: String
    /// The groups from top to bottom.
    public var groups: [Group]
    /// How the bars of a group lie.
    public var arrangement: Arrangement
    /// The values that are shown.
    public var domain: ClosedRange<Double>
    /// Width in pixels at its natural size; it shrinks where there is less room.
    public var width = 520.0
    /// Width of the names at the left.
    public var nameWidth = 120.0

    /// Creates a chart.
    public init(
        _ description: String, groups: [Group], arrangement: Arrangement = .sideBySide,
        domain: ClosedRange<Double>
    ) {
        self.description = description
        self.groups = groups
        self.arrangement = arrangement
        self.domain = domain
    }

    private static let barHeight = 14.0
    private static let barDistance = 16.0
    private static let groupDistance = 10.0

    /// The chart.
    public var html: HTML {
        let scale = ChartScale(
            domain: domain, start: nameWidth, end: width - (arrangement == .stacked ? 4 : 44))
        var rows: [HTML] = []
        var y = 0.0
        for group in groups {
            let lines = arrangement == .stacked ? 1 : Double(max(1, group.bars.count))
            let height = lines * Self.barDistance
            rows.append(
                """
                <text class="end strong" x="\(nameWidth - 8)" y="\(y + height / 2 + 3.5)">\
                \(shortened(group.name))<title>\(group.name)</title></text>
                """)
            rows += arrangement == .stacked ? stack(group, y, scale) : list(group, y, scale)
            y += height + Self.groupDistance
        }
        let height = max(1, y - Self.groupDistance + 2)
        return """
            <svg viewBox="0 0 \(width) \(height)" style="max-width: \(width)px" role="img" \
            aria-label="\(description)">
            \(rows)
            <path class="axis" d="M\(scale.start) 0V\(height)"/>
            </svg>
            """
    }

    private func list(_ group: Group, _ y: Double, _ scale: ChartScale) -> [HTML] {
        group.bars.enumerated().map { index, bar in
            let top = y + Double(index) * Self.barDistance
            let end = scale.position(bar.value)
            return """
                \(rectangle(bar, from: scale.start, to: end, top))\
                <text x="\(end + 6)" y="\(top + 11)">\(bar.label)</text>
                """
        }
    }

    private func stack(_ group: Group, _ y: Double, _ scale: ChartScale) -> [HTML] {
        var sum = domain.lowerBound
        return group.bars.filter { $0.value > 0 }.map { bar in
            let start = scale.position(sum)
            sum += bar.value
            // A gap sets neighbours apart that look alike.
            let end = max(start, scale.position(sum) - 1.5)
            return rectangle(bar, from: start, to: end, y)
        }
    }

    private func rectangle(
        _ bar: Bar, from start: Double, to end: Double, _ top: Double
    ) -> HTML {
        """
        <rect x="\(start)" y="\(top)" width="\(max(0, end - start))" height="\(Self.barHeight)" \
        rx="2" style="fill: \(bar.colour.css)"><title>\(bar.name): \(bar.label)</title></rect>
        """
    }

    /// A name that fits at the left, about seven pixels a character.
    private func shortened(_ name: String) -> String {
        let limit = max(2, Int((nameWidth - 12) / 6.8))
        return name.count <= limit ? name : name.prefix(limit - 1) + "…"
    }
}
