import Foundation
import Model
import Testing
import VideoIO

@testable import Pipeline

@Suite struct OverlayLabelTests {
    static let labelsOnly = OverlayOptions(
        drawsMasks: false, drawsOutlines: false, drawsBoxes: false)

    static func instance(
        _ box: PixelRectangle, classIndex: Int = 0, score: Float = 0.92
    ) -> Instance {
        Instance(
            classIndex: classIndex, score: score, box: box,
            mask: InstanceMask(
                region: PixelRectangle(x: 0, y: 0, width: 0, height: 0), pixels: []))
    }

    /// The smallest rectangle that holds all changed luma samples.
    static func changed(_ before: [Int], _ frame: OverlayTestFrame) -> PixelRectangle? {
        let after = frame.codes(0)
        let changed = before.indices.filter { before[$0] != after[$0] }
        guard let first = changed.first, let last = changed.last else { return nil }
        let columns = changed.map { $0 % frame.width }
        let (left, right) = (columns.min() ?? 0, columns.max() ?? 0)
        let (top, bottom) = (first / frame.width, last / frame.width)
        return PixelRectangle(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    }

    /// Coverage of a text at a size, without the plate.
    static func coverage(
        _ names: [String], classIndex: Int = 0, size: Int = 24, score: Float = 0.92
    ) throws -> (pixels: [UInt8], width: Int, height: Int) {
        let typesetter = LabelTypesetter(
            font: try LabelFont(path: try LabelFont.locate()), classNames: names)
        try typesetter.setPixelSize(size)
        let scratch = PaintScratch()
        let width = try typesetter.compose(
            classIndex: classIndex, id: nil, score: score, widthLimit: 10_000, into: scratch)
        let pixels = UnsafeBufferPointer(
            start: scratch.label, count: width * typesetter.height)
        return (Array(pixels), width, typesetter.height)
    }

    @Test func `an identity is written between name and score`() throws {
        let typesetter = LabelTypesetter(
            font: try LabelFont(path: try LabelFont.locate()),
            classNames: ["person", "person #307"])
        try typesetter.setPixelSize(20)
        func label(_ classIndex: Int, id: Int?) throws -> [UInt8] {
            let scratch = PaintScratch()
            let width = try typesetter.compose(
                classIndex: classIndex, id: id, score: 0.92, widthLimit: 1000, into: scratch)
            return Array(
                UnsafeBufferPointer(start: scratch.label, count: width * typesetter.height))
        }
        #expect(try label(0, id: 307).count > label(0, id: nil).count)
        // Kerning is for names alone, so only the sizes have to agree with those of a name.
        #expect(try abs(label(0, id: 307).count - label(1, id: nil).count) <= 2 * typesetter.height)
    }

    @Test func `colours tell identities apart where asked to`() {
        var instance = Self.instance(PixelRectangle(x: 0, y: 0, width: 9, height: 9), classIndex: 4)
        var options = OverlayOptions()
        #expect(options.colour(of: instance) == Palette.colour(at: 4))
        options.colouring = .identities
        #expect(options.colour(of: instance) == .unidentified)
        instance.id = 3
        #expect(options.colour(of: instance) == Palette.colour(at: 2))
    }

    @Test(arguments: PixelFormat.allCases)
    func `labels stay inside at every corner and edge`(_ format: PixelFormat) throws {
        for (width, height) in [(130, 60), (131, 61)] {
            for x in [-40, 0, 1, width / 2, width - 3, width, width + 50] {
                for y in [-40, 0, 1, height / 2, height - 3, height, height + 50] {
                    let frame = OverlayTestFrame(format, width: width, height: height)
                    let reference = OverlayReference(frame)
                    let box = PixelRectangle(x: x, y: y, width: 30, height: 20)
                    var options = Self.labelsOnly
                    options.fontSize = 9
                    try frame.paint([Self.instance(box)], options, classNames: ["apple"])
                    let (text, labelWidth, labelHeight) = try Self.coverage(["apple"], size: 9)
                    let plate = LabelPlacement.span(
                        box: Span2D(box), labelWidth: labelWidth, labelHeight: labelHeight,
                        width: width, height: height)
                    #expect(plate.width == labelWidth && plate.height == labelHeight)
                    #expect(plate.left >= 0 && plate.right <= width)
                    #expect(plate.top >= 0 && plate.bottom <= height)
                    // Outside the plate nothing changes, and on it only text has another colour.
                    let differences = reference.differences(Palette.colour(at: 0)) { x, y in
                        x >= plate.left && x < plate.right && y >= plate.top && y < plate.bottom
                            ? 1 : 0
                    }
                    let luma = differences.filter { $0.hasPrefix("0 ") }
                    let textPixels = text.count { $0 != 0 }
                    #expect(luma.count <= textPixels && luma.count > textPixels / 2)
                    #expect(!differences.contains { $0.hasPrefix("padding") })
                }
            }
        }
    }

    @Test func `a label is above its box, or inside it at the top`() {
        func place(_ x: Int, _ y: Int) -> Span2D {
            LabelPlacement.span(
                box: Span2D(PixelRectangle(x: x, y: y, width: 50, height: 50)), labelWidth: 40,
                labelHeight: 12, width: 200, height: 100)
        }
        #expect(place(10, 50) == Span2D(left: 10, top: 38, right: 50, bottom: 50))
        #expect(place(10, 12) == Span2D(left: 10, top: 0, right: 50, bottom: 12))
        #expect(place(10, 11) == Span2D(left: 10, top: 11, right: 50, bottom: 23))
        #expect(place(10, 0) == Span2D(left: 10, top: 0, right: 50, bottom: 12))
        #expect(place(190, 99) == Span2D(left: 160, top: 87, right: 200, bottom: 99))
        #expect(place(-30, 500) == Span2D(left: 0, top: 88, right: 40, bottom: 100))
    }

    @Test func `a label larger than the picture is cut off`() throws {
        for (width, height) in [(1, 1), (2, 3), (16, 9), (9, 40), (400, 3)] {
            for format in PixelFormat.allCases {
                let frame = OverlayTestFrame(format, width: width, height: height)
                let reference = OverlayReference(frame)
                let box = PixelRectangle(x: 0, y: 0, width: width, height: height)
                try frame.paint([Self.instance(box)], Self.labelsOnly, classNames: ["apple"])
                // No pixel is required to be anything; only padding must be as it was.
                let stray = reference.differences(Palette.colour(at: 0)) { _, _ in 0.5 }
                    .filter { $0.hasPrefix("padding") }
                #expect(stray.isEmpty)
            }
        }
    }

    @Test func `plate and text have the class colour and its contrast`() throws {
        for classIndex in 0..<20 {
            let frame = OverlayTestFrame(.yuv444p, width: 400, height: 200)
            let box = PixelRectangle(x: 20, y: 100, width: 50, height: 50)
            var options = Self.labelsOnly
            options.fontSize = 48
            try frame.paint(
                [Self.instance(box, classIndex: classIndex)], options,
                classNames: (0..<20).map { _ in "lll" })
            let colour = Palette.colour(at: classIndex)
            let plate = OverlayReference.codes(colour, .bt709, bitDepth: 8)
            let text = OverlayReference.codes(colour.textColour, .bt709, bitDepth: 8)
            #expect(colour.contrast(with: colour.textColour) >= 4.5)
            // The plate's corner, and the middle of a thick upright stroke.
            for component in 0..<3 {
                #expect(
                    abs(Double(frame.code(component, 20, 99)) - plate[component]) <= 1)
            }
            let row = (20..<120).map { frame.code(0, $0, 75) }
            #expect(row.contains { abs(Double($0) - text[0]) <= 1 })
        }
    }

    @Test func `text differs where it should and only there`() throws {
        let one = try Self.coverage(["apple"], score: 0.92)
        #expect(try Self.coverage(["apple"], score: 0.92).pixels == one.pixels)
        #expect(try Self.coverage(["apple"], score: 0.93).pixels != one.pixels)
        #expect(try Self.coverage(["apple"], score: 0.924).pixels == one.pixels)
        #expect(try Self.coverage(["appel"], score: 0.92).pixels != one.pixels)
        #expect(try Self.coverage(["apple"], score: .nan).pixels.contains { $0 > 0 })
        #expect(one.pixels.contains(255))
        // An index without a name.
        #expect(
            try Self.coverage([], classIndex: 7).pixels
                == Self.coverage(["class 7"]).pixels)
        // Composed and decomposed forms of a letter look the same.
        #expect(
            try Self.coverage(["caf\u{E9}"]).pixels == Self.coverage(["cafe\u{301}"]).pixels)
    }

    @Test func `a character that the font lacks is one box`() throws {
        let box = try Self.coverage(["\u{82F9}"])
        #expect(box.pixels.contains { $0 > 0 })
        let blank = try Self.coverage([" "])
        #expect(box.pixels != blank.pixels)
        for emoji in ["👩‍👩‍👧", "🇩🇪", "👍🏽", "🤖"] {
            #expect(try Self.coverage([emoji]).pixels == box.pixels)
        }
        for scalar in ["Ж", "Ω", "ß", "א"] {
            #expect(try Self.coverage([scalar]).pixels != box.pixels)
        }
        // Line ends and controls take the place of a space.
        for control in ["\n", "\r\n", "\t", "\0", "\u{7}"] {
            #expect(try Self.coverage([control]).pixels == blank.pixels)
        }
        #expect(try Self.coverage([""]).width < blank.width)
    }

    @Test func `pairs of letters are kerned`() throws {
        let font = try LabelFont(path: try LabelFont.locate())
        try font.setPixelSize(64)
        let a = try #require(font.glyphIndex("A"))
        let v = try #require(font.glyphIndex("V"))
        #expect(font.kerning(a, v) < 0)
        let (pair, turned) = (try Self.coverage(["AVAV"]), try Self.coverage(["AAVV"]))
        #expect(pair.width < turned.width)
    }

    @Test func `a missing or damaged font is a typed error`() throws {
        func paint(font path: String) throws {
            _ = try OverlayPainter(
                options: OverlayOptions(fontPath: path), classNames: [])
        }
        do {
            try paint(font: "/nonexistent.ttf")
            Issue.record("opened a font that is not there")
        } catch OverlayError.font(let path, let operation, let reason) {
            #expect(path == "/nonexistent.ttf")
            #expect(operation == "opening the font")
            #expect(!reason.isEmpty)
        }
        #expect(throws: OverlayError.self) { try paint(font: #filePath) }
        #expect(throws: OverlayError.self) { try paint(font: "/dev/null") }
        // No font is needed where there are no labels.
        _ = try OverlayPainter(
            options: OverlayOptions(drawsLabels: false, fontPath: "/nonexistent.ttf"),
            classNames: [])
    }
}
