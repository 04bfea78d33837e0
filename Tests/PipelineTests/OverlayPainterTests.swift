import Model
import Testing

@testable import Pipeline
@testable import VideoIO

@Suite struct OverlayPainterTests {
    static func instance(
        _ box: PixelRectangle, classIndex: Int = 0, score: Float = 0.5
    ) -> Instance {
        Instance(classIndex: classIndex, score: score, box: box, mask: .ellipse(in: box))
    }

    static let box = PixelRectangle(x: 41, y: 33, width: 90, height: 61)

    @Test(arguments: PixelFormat.allCases)
    func `each switch adds its part and nothing else`(_ format: PixelFormat) throws {
        func painted(_ options: OverlayOptions) throws -> [[UInt8]] {
            let frame = OverlayTestFrame(format, width: 200, height: 120)
            try frame.paint([Self.instance(Self.box)], options, classNames: ["apple"])
            return frame.bytes
        }
        let none = OverlayOptions(
            drawsMasks: false, drawsOutlines: false, drawsBoxes: false, drawsLabels: false)
        let untouched = OverlayTestFrame(format, width: 200, height: 120).bytes
        #expect(try painted(none) == untouched)
        for part: WritableKeyPath<OverlayOptions, Bool> in [
            \.drawsMasks, \.drawsOutlines, \.drawsBoxes, \.drawsLabels,
        ] {
            var one = none
            one[keyPath: part] = true
            #expect(try painted(one) != untouched)
            var others = OverlayOptions()
            others[keyPath: part] = false
            #expect(try painted(others) != painted(OverlayOptions()))
        }
    }

    @Test func `no instances leave the frame as it is`() throws {
        let frame = OverlayTestFrame(.yuv420p, width: 64, height: 48)
        let before = frame.bytes
        try frame.paint([], OverlayOptions())
        #expect(frame.bytes == before)
    }

    @Test func `the best instance is on top whatever the order`() throws {
        let low = Self.instance(Self.box, classIndex: 1, score: 0.3)
        let high = Self.instance(Self.box, classIndex: 2, score: 0.9)
        func painted(_ instances: [Instance]) throws -> OverlayTestFrame {
            let frame = OverlayTestFrame(.yuv444p, width: 200, height: 120)
            try frame.paint(instances, OverlayOptions(alpha: 1), classNames: ["a", "b", "c"])
            return frame
        }
        let one = try painted([low, high])
        let other = try painted([high, low])
        #expect(one.bytes == other.bytes)
        let colour = OverlayReference.codes(Palette.colour(at: 2), .bt709, bitDepth: 8)
        for component in 0..<3 {
            #expect(abs(Double(one.code(component, 86, 63)) - colour[component]) <= 1)
        }
        // Of equal scores the first in the list wins.
        var equal = low
        equal.score = high.score
        let first = try painted([high, equal])
        for component in 0..<3 {
            #expect(abs(Double(first.code(component, 86, 63)) - colour[component]) <= 1)
        }
    }

    @Test func `labels lie over the masks of better instances`() throws {
        let low = Self.instance(Self.box, classIndex: 1, score: 0.3)
        let cover = PixelRectangle(x: 0, y: 0, width: 200, height: 120)
        var high = Self.instance(cover, classIndex: 2, score: 0.9)
        high.mask = InstanceMask(cover) { _, _ in true }
        let frame = OverlayTestFrame(.yuv444p, width: 200, height: 120)
        try frame.paint([high, low], OverlayOptions(alpha: 1), classNames: ["a", "b", "c"])
        // The lower left corner of the label's plate, just above the box.
        let colour = OverlayReference.codes(Palette.colour(at: 1), .bt709, bitDepth: 8)
        for component in 0..<3 {
            let code = Double(frame.code(component, Self.box.x, Self.box.y - 1))
            #expect(abs(code - colour[component]) <= 1)
        }
    }

    @Test func `a painter gives the same frame again and after another size`() throws {
        var random = SplitMix(state: 11)
        let instances = (0..<100).map { index in
            let box = PixelRectangle(
                x: Int(random.next() % 220) - 20, y: Int(random.next() % 140) - 20,
                width: Int(random.next() % 90), height: Int(random.next() % 60))
            return Self.instance(box, classIndex: index, score: Float(index % 13) / 13)
        }
        let painter = try OverlayPainter(
            options: OverlayOptions(), classNames: (0..<50).map { "class name \($0)" })
        func painted(_ format: PixelFormat, _ width: Int, _ height: Int) throws -> [[UInt8]] {
            let frame = OverlayTestFrame(format, width: width, height: height)
            try painter.paint(
                instances, on: frame.planes, format: format, width: width, height: height,
                colour: .bt601Full)
            return frame.bytes
        }
        let first = try painted(.yuv420p, 200, 120)
        _ = try painted(.p010, 641, 523)
        _ = try painted(.nv12, 3, 2)
        #expect(try painted(.yuv420p, 200, 120) == first)
    }

    @Test func `planes that do not fit are refused before anything is painted`() throws {
        let frame = OverlayTestFrame(.yuv420p10, width: 64, height: 48)
        let before = frame.bytes
        let painter = try OverlayPainter(options: OverlayOptions(), classNames: [])
        let instances = [Self.instance(PixelRectangle(x: 0, y: 0, width: 64, height: 48))]
        func paint(_ planes: [MutableFramePlane], _ width: Int = 64, _ height: Int = 48) throws {
            try painter.paint(
                instances, on: planes, format: .yuv420p10, width: width, height: height,
                colour: .bt709)
        }
        func refused(_ body: () throws -> Void) -> Bool {
            do {
                try body()
                return false
            } catch OverlayError.planesDoNotFit {
                return true
            } catch {
                return false
            }
        }
        #expect(refused { try paint(Array(frame.planes.prefix(2))) })
        #expect(refused { try paint([]) })
        #expect(refused { try paint(frame.planes, 0, 48) })
        #expect(refused { try paint(frame.planes, 640, 48) })
        #expect(refused { try paint(frame.planes, 64, 51) })
        #expect(
            refused {
                try paint(
                    frame.planes.map {
                        MutableFramePlane(
                            bytes: $0.bytes, bytesPerRow: $0.bytesPerRow - 1, width: $0.width,
                            height: $0.height)
                    })
            })
        #expect(frame.bytes == before)
        try paint(frame.planes)
        #expect(frame.bytes != before)
    }

    @Test func `a mask that does not fill its region is refused`() throws {
        let frame = OverlayTestFrame(.yuv420p, width: 64, height: 48)
        let before = frame.bytes
        let good = Self.instance(PixelRectangle(x: 0, y: 0, width: 9, height: 9))
        for region in [
            PixelRectangle(x: 0, y: 0, width: 10, height: 9),
            PixelRectangle(x: 0, y: 0, width: -9, height: -9),
            PixelRectangle(x: 0, y: 0, width: .max, height: .max),
        ] {
            var bad = good
            bad.mask.region = region
            #expect(throws: OverlayError.self) {
                try frame.paint([good, bad], OverlayOptions())
            }
        }
        #expect(frame.bytes == before)
    }

    @Test func `regions and boxes of any coordinates are clipped`() throws {
        let frame = OverlayTestFrame(.nv12, width: 65, height: 49)
        let reference = OverlayReference(frame)
        for (x, y) in [(Int.max, Int.max), (Int.min, 0), (0, Int.min), (Int.max - 3, 5)] {
            var instance = Self.instance(PixelRectangle(x: 0, y: 0, width: 9, height: 9))
            instance.mask.region.x = x
            instance.mask.region.y = y
            instance.box = PixelRectangle(x: x, y: y, width: 9, height: 9)
            try frame.paint([instance], OverlayOptions(drawsLabels: false))
        }
        #expect(reference.differences(.white) { _, _ in 0 }.isEmpty)
    }

    @Test func `sizes follow the picture unless set`() {
        let options = OverlayOptions()
        #expect(options.lineThickness(width: 640, height: 360) == 1)
        #expect(options.lineThickness(width: 1920, height: 1080) == 3)
        #expect(options.lineThickness(width: 1080, height: 1920) == 3)
        #expect(options.lineThickness(width: 1, height: 1) == 1)
        #expect(options.fontSize(width: 640, height: 360) == 12)
        #expect(options.fontSize(width: 1920, height: 1080) == 24)
        #expect(OverlayOptions(lineThickness: 7).lineThickness(width: 9, height: 9) == 7)
        #expect(OverlayOptions(lineThickness: -7).lineThickness(width: 9, height: 9) == 1)
        #expect(OverlayOptions(fontSize: 30).fontSize(width: 9, height: 9) == 30)
        #expect(OverlayOptions(fontSize: 0).fontSize(width: 9, height: 9) == 6)
    }
}
