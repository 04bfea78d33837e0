import Foundation
import Testing

@testable import Pipeline

@Suite struct OverlayPaletteTests {
    /// A colour in CIELAB under D65, computed apart from the product's colour model.
    static func lab(_ colour: OverlayColour) -> SIMD3<Double> {
        func linear(_ code: UInt8) -> Double {
            let value = Double(code) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let (r, g, b) = (linear(colour.red), linear(colour.green), linear(colour.blue))
        func f(_ t: Double) -> Double {
            t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116
        }
        let x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
        let y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
        let z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
        return SIMD3(116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    static func distance(_ one: Int, _ two: Int) -> Double {
        let difference = lab(Palette.colour(at: one)) - lab(Palette.colour(at: two))
        return (difference * difference).sum().squareRoot()
    }

    @Test func `neighbours are far apart`() {
        for index in 0..<20 {
            #expect(Self.distance(index, index + 1) > 60, "\(index)")
        }
    }

    @Test func `the first twenty are all distinct`() {
        for one in 0..<20 {
            // A difference of 2.3 is said to be just noticeable.
            for two in 0..<one { #expect(Self.distance(one, two) > 15, "\(one) \(two)") }
        }
    }

    @Test func `colours are stable`() {
        // Computed apart from the product, from the definition of OKLCH.
        let colours = (0..<4).map { Palette.colour(at: $0) }
        #expect(
            colours == [
                OverlayColour(red: 87, green: 203, blue: 96),
                OverlayColour(red: 127, green: 116, blue: 255),
                OverlayColour(red: 255, green: 199, blue: 155),
                OverlayColour(red: 0, green: 198, blue: 202),
            ])
        #expect(Palette.colour(at: -1) != Palette.colour(at: 1))
        for index in [Int.min, -1, 1000, 123_456_789, .max] {
            #expect(Palette.colour(at: index) == Palette.colour(at: index))
        }
    }

    @Test func `text on any colour is readable`() {
        for index in 0..<500 {
            let colour = Palette.colour(at: index)
            #expect(colour.contrast(with: colour.textColour) >= 4.5)
        }
        #expect(OverlayColour.black.contrast(with: .white) == 21)
        #expect(OverlayColour.black.textColour == .white)
        #expect(OverlayColour.white.textColour == .black)
    }

    @Test func `samples of known colours`() {
        // BT.601 and BT.709 limited range, as FFmpeg's documentation of the standards gives them.
        let red = OverlayColour(red: 255, green: 0, blue: 0)
        func codes(_ space: OverlayColourSpace, _ depth: Int) -> [Double] {
            let sample = SampleColour(red, in: space, bitDepth: depth)
            let unit = Double(1 << (16 - depth))
            return [sample.y, sample.u, sample.v].map { (Double($0) / unit).rounded() }
        }
        #expect(codes(.bt709, 8) == [63, 102, 240])
        #expect(codes(.bt709, 10) == [250, 409, 960])
        #expect(codes(.bt601Full, 8) == [76, 85, 255])
        let limited = OverlayColourSpace(redWeight: 0.299, blueWeight: 0.114, isFullRange: false)
        #expect(codes(limited, 8) == [81, 90, 240])
    }
}
