import Foundation
import FoundationXML
import Model
import Testing

@testable import Pipeline

/// The pieces that reports are made of.
@Suite struct ReportTests {
    /// Whether a piece is well-formed, and the names of its elements.
    private func elements(_ html: HTML) throws -> [String] {
        final class Names: NSObject, XMLParserDelegate {
            var names: [String] = []
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
                qualifiedName: String?, attributes: [String: String]
            ) { names.append(name) }
        }
        let names = Names()
        let parser = XMLParser(data: Data("<x>\(html.text)</x>".utf8))
        parser.delegate = names
        #expect(parser.parse(), "\(String(describing: parser.parserError)) in \(html.text)")
        return Array(names.names.dropFirst())
    }

    @Test func textsAreEscapedAndPiecesAreNot() throws {
        let hostile = "<script>\"a\" & 'b'</script>\u{0}"
        let piece: HTML = "<p title=\"\(hostile)\">\(hostile)\("<b>x</b>" as HTML)</p>"
        let escaped = "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;\u{FFFD}"
        #expect(piece.text == "<p title=\"\(escaped)\">\(escaped)<b>x</b></p>")
        #expect(try elements(piece) == ["p", "b"])
        #expect(HTML(showing: "a<b").text == "a&lt;b")
        #expect(HTML(["a", .empty, "b"]).text == "a\nb")
        let numbers: HTML = "\(7) \(1.23456, digits: 2) \(2.0) \(-0.26) \(-0.01) \(Double.nan)"
        #expect(numbers.text == "7 1.23 2 -0.3 0 0")
    }

    @Test(arguments: [
        (0.0...1.0, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0...7, 5, ["0", "2", "4", "6"]),
        (-0.03...0.05, 4, ["-0.02", "0.00", "0.02", "0.04"]),
        (1200...98_000, 4, ["50000"]),
        (3...3, 5, ["3"]),
    ])
    func ticksAreRound(_ domain: ClosedRange<Double>, _ count: Int, _ labels: [String]) {
        let scale = ChartScale(domain: domain, start: 10, end: 110)
        #expect(scale.ticks(count).map { scale.label($0, count: count) } == labels)
        for tick in scale.ticks(count) { #expect(domain.contains(tick)) }
    }

    @Test func scalesMapAndClamp() {
        let scale = ChartScale(domain: 2...4, start: 100, end: 0)
        #expect([2, 3, 4, 1, 9].map(scale.position) == [100, 50, 0, 100, 0])
        #expect(scale.position(.nan) == 100)
        #expect(ChartScale(domain: 1...1, start: 5, end: 9).position(1) == 5)
        #expect(ChartScale.fromZero(to: [3.1, .infinity, -4]) == 0...4)
        #expect(ChartScale.fromZero(to: [97]) == 0...100)
        #expect(ChartScale.fromZero(to: []) == 0...1)
    }

    @Test func aLineChartHasItsCurves() throws {
        let chart = LineChart(
            "a < b",
            series: [
                .init("first & best", colour: .series(0), points: [(0, 0), (0.5, 1), (1, 0.25)]),
                .init("none", colour: .ramp(1), points: []),
            ], xTitle: "recall", yTitle: "precision", xDomain: 0...1, yDomain: 0...1)
        let names = try elements(chart.html)
        #expect(names.first == "svg")
        #expect(names.count { $0 == "title" } == 1)
        // 520 x 340 with 44 pixels at the left, 14 at the right, 24 above and 40 below.
        #expect(chart.html.text.contains("d=\"M44 300L275 24L506 231\""))
        #expect(chart.html.text.contains("<title>first &amp; best</title>"))
        #expect(chart.html.text.contains("aria-label=\"a &lt; b\""))
    }

    @Test func barsAreAsLongAsTheirValues() throws {
        let group = BarChart.Group(
            "a name that is too long for its place",
            [
                .init(0.5, colour: .series(0), label: "half", name: "one"),
                .init(
                    0.25, colour: .series(1 + ChartColour.count), label: "quarter", name: "two"),
            ])
        var chart = BarChart("bars", groups: [group], domain: 0...1)
        chart.nameWidth = 76
        var names = try elements(chart.html)
        #expect(names.count { $0 == "rect" } == 2)
        #expect(chart.html.text.contains("x=\"76\" y=\"0\" width=\"200\""))
        #expect(chart.html.text.contains("x=\"76\" y=\"16\" width=\"100\""))
        #expect(chart.html.text.contains("var(--s2)"))
        #expect(chart.html.text.contains("a name t…"))
        chart.arrangement = .stacked
        names = try elements(chart.html)
        #expect(names.count { $0 == "rect" } == 2)
        #expect(chart.html.text.contains("x=\"76\" y=\"0\" width=\"218.5\""))
        #expect(chart.html.text.contains("x=\"296\" y=\"0\" width=\"108.5\""))
    }

    @Test func signedColumnsGoUpAndDown() throws {
        let chart = SignedColumnChart(
            "columns", values: [0.5, -1, .nan, 0], names: ["a<b", "second"], domain: -1...1,
            xTitle: "x", yTitle: "y")
        let names = try elements(chart.html)
        #expect(names.count { $0 == "rect" } == 3)
        // 300 high with 24 above and 40 below: zero is at 142, one unit is 118.
        #expect(chart.html.text.contains("y=\"83\""))
        #expect(chart.html.text.contains("y=\"142\" width=\"92.4\" height=\"118\""))
        #expect(chart.html.text.contains("<title>a&lt;b</title>"))
        #expect(chart.html.text.contains("var(--s2)") && chart.html.text.contains("var(--s1)"))
    }

    @Test func aPageNeedsNothingFromOutside() throws {
        let table = ReportTable(
            columns: [.init("class", isNumeric: false), .init("AP")], rows: [["<cat>", "0.5"]])
        #expect(try elements(table.html).count { $0 == "td" } == 2)
        let legend = ChartLegend([("a&b", .ramp(0.5))]).html
        #expect(try elements(legend) == ["ul", "li", "i"])
        let page = ReportPage(
            title: "A & B", subtitle: "below",
            sections: [
                ReportSection("One", note: "note", [table.html, legend]),
                ReportSection("", [ReportLayout.tiles([("0.5", "AP")])]),
            ])
        let text = String(decoding: page.data, as: UTF8.self)
        #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
        #expect(text.contains("<title>A &amp; B</title>"))
        #expect(text.contains("prefers-color-scheme: dark"))
        #expect(!text.contains("http") && !text.contains("src=") && !text.contains("url("))
        #expect(text.components(separatedBy: "<section>").count == 3)
        #expect(text.components(separatedBy: "<h2>").count == 2)
    }

    /// All colours of series are defined, for light and dark, and no two are the same.
    @Test func coloursAreApart() throws {
        let sheet = ReportStyle.sheet.text
        let names = (0..<ChartColour.count).map { ChartColour.series($0).css.text }
        #expect(Set(names).count == ChartColour.count)
        let themes = sheet.components(separatedBy: "prefers-color-scheme: dark")
        #expect(themes.count == 2)
        for theme in themes {
            let values = try names.map { name in
                let variable = name.dropFirst(4).dropLast()
                let value = theme.components(separatedBy: "\(variable): ").dropFirst().first
                return try #require(value).prefix(7)
            }
            #expect(values.allSatisfy { $0.hasPrefix("#") })
            #expect(Set(values).count == ChartColour.count)
        }
    }

    /// On a phone charts are drawn in its width, and tables of many columns become lists.
    @Test func narrowWindowsGetWhatFits() throws {
        var chart = LineChart(
            "wide", series: [.init("one", colour: .series(0), points: [(0, 0), (1, 1)])],
            xTitle: "x", yTitle: "y", xDomain: 0...1, yDomain: 0...1)
        chart.width = 1080
        #expect(try elements(chart.responsive).count { $0 == "svg" } == 2)
        #expect(chart.responsive.text.contains("viewBox=\"0 0 1080 340\""))
        #expect(chart.responsive.text.contains("viewBox=\"0 0 340 340\""))
        chart.width = 330
        #expect(try elements(chart.responsive).count { $0 == "svg" } == 1)
        func table(_ columns: Int) -> HTML {
            ReportTable(
                columns: (0..<columns).map { .init("<column> \($0)") },
                rows: [(0..<columns).map { "\($0)" }]
            ).html
        }
        #expect(try elements(table(12)).count { $0 == "td" } == 12)
        #expect(table(12).text.contains("data-name=\"&lt;column&gt; 11\""))
        #expect(!table(5).text.contains("data-name"))
        let style = ReportStyle.sheet.text
        for rule in [".narrow { display: none }", "max-width: 640px", "attr(data-name)"] {
            #expect(style.contains(rule))
        }
    }

    @Test func aPageTellsWhatMadeIt() throws {
        var page = ReportPage(title: "A", subtitle: "b", sections: [])
        #expect(!page.html.text.contains("Made by"))
        page.origin = ReportOrigin(program: "program 1", command: "program '<a>'")
        #expect(page.html.text.contains("Made by program 1 with"))
        #expect(page.html.text.contains("<code>program &#39;&lt;a&gt;&#39;</code>"))
    }

    /// Outlines drawn again by the even-odd rule are the mask.
    @Test func outlinesEncloseTheMask() throws {
        var random = SameNumbers(seed: 5)
        for round in 0..<200 {
            let (width, height) = (1 + Int(random.next() % 9), 1 + Int(random.next() % 9))
            let pixels = (0..<width * height).map { _ in
                UInt8(random.next() % UInt64(2 + round % 3) == 0 ? 1 : 0)
            }
            let mask = InstanceMask(
                region: PixelRectangle(x: 2, y: 3, width: width, height: height), pixels: pixels)
            let runs = try RunLengthEncoding(mask, width: width + 4, height: height + 5)
            let outlines = runs.outlines
            for outline in outlines {
                #expect(outline.count >= 4 && outline.count % 2 == 0)
                for (a, b) in zip(outline, outline.dropFirst() + [outline[0]]) {
                    #expect((a.x == b.x) != (a.y == b.y), "\(outline)")
                }
            }
            for y in 0..<height + 5 {
                for x in 0..<width + 4 {
                    // Vertical edges to the left of the pixel's middle.
                    var crossings = 0
                    for outline in outlines {
                        for (a, b) in zip(outline, outline.dropFirst() + [outline[0]])
                        where a.x == b.x && a.x <= x && min(a.y, b.y) <= y && max(a.y, b.y) > y {
                            crossings += 1
                        }
                    }
                    #expect((crossings % 2 == 1) == mask.contains(x, y))
                }
            }
        }
        let empty = try RunLengthEncoding(width: 4, height: 4, counts: [16])
        #expect(empty.outlines.isEmpty)
    }
}

/// Xorshift: the same numbers everywhere.
private struct SameNumbers {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state >> 8
    }
}
