import Foundation

/// A colour as displayed: R'G'B' with the sRGB transfer function, 0...255 each.
public struct OverlayColour: Sendable, Hashable {
    /// Red.
    public var red: UInt8
    /// Green.
    public var green: UInt8
    /// Blue.
    public var blue: UInt8

    /// Creates a colour from its components.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Black.
    public static let black = OverlayColour(red: 0, green: 0, blue: 0)
    /// White.
    public static let white = OverlayColour(red: 255, green: 255, blue: 255)

    /// Of what has no identity yet.
    static let unidentified = OverlayColour(red: 170, green: 170, blue: 170)

    /// Relative luminance as WCAG 2 defines it, 0...1.
    public var relativeLuminance: Double {
        func linear(_ code: UInt8) -> Double {
            let value = Double(code) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// Contrast ratio as WCAG 2 defines it: 1 for equal colours, 21 between black and white.
    public func contrast(with other: OverlayColour) -> Double {
        let (one, two) = (relativeLuminance, other.relativeLuminance)
        return (max(one, two) + 0.05) / (min(one, two) + 0.05)
    }

    /// Black or white, whichever stands out more on this colour.
    public var textColour: OverlayColour {
        contrast(with: .black) >= contrast(with: .white) ? .black : .white
    }
}

/// An endless sequence of colours that are easy to tell apart.
///
/// The colour of an index depends on nothing else, so a class, or an identity that is tracked through a
/// video, keeps its colour. Hues advance by the golden angle, which spreads any number of first colours
/// over the whole circle; lightness alternates between three levels, so that hues which come close to
/// an earlier one differ from it in another way. Both are those of OKLCH, in which equal steps look
/// equal. Lightness stays where black text is readable on the colour.
public enum Palette {
    /// The colour of an index; any integer will do.
    public static func colour(at index: Int) -> OverlayColour {
        let goldenAngle = 137.50776405003785
        let turns = (firstHue + Double(index) * goldenAngle).truncatingRemainder(dividingBy: 360)
        let level = levels[((index % levels.count) + levels.count) % levels.count]
        return colour(lightness: level.lightness, chroma: level.chroma, hue: turns * .pi / 180)
    }

    private static let firstHue = 145.0
    private static let levels: [(lightness: Double, chroma: Double)] = [
        (0.75, 0.18), (0.64, 0.20), (0.87, 0.14),
    ]

    /// The sRGB colour of an OKLCH triple, its chroma lowered as far as needed to fit into sRGB.
    private static func colour(lightness: Double, chroma: Double, hue: Double) -> OverlayColour {
        var (fits, tooMuch) = (0.0, chroma)
        var linear = linearRGB(lightness: lightness, chroma: chroma, hue: hue)
        if !isDisplayable(linear) {
            for _ in 0..<20 {
                let middle = (fits + tooMuch) / 2
                linear = linearRGB(lightness: lightness, chroma: middle, hue: hue)
                if isDisplayable(linear) { fits = middle } else { tooMuch = middle }
            }
            linear = linearRGB(lightness: lightness, chroma: fits, hue: hue)
        }
        return OverlayColour(
            red: encoded(linear.x), green: encoded(linear.y), blue: encoded(linear.z))
    }

    private static func isDisplayable(_ linear: SIMD3<Double>) -> Bool {
        linear.min() >= 0 && linear.max() <= 1
    }

    /// OKLab to linear sRGB, after Ottosson, "A perceptual color space for image processing" (2020).
    private static func linearRGB(
        lightness: Double, chroma: Double, hue: Double
    ) -> SIMD3<Double> {
        let a = chroma * cos(hue)
        let b = chroma * sin(hue)
        let l = lightness + 0.3963377774 * a + 0.2158037573 * b
        let m = lightness - 0.1055613458 * a - 0.0638541728 * b
        let s = lightness - 0.0894841775 * a - 1.2914855480 * b
        let cubes = SIMD3(l * l * l, m * m * m, s * s * s)
        return SIMD3(
            (SIMD3(4.0767416621, -3.3077115913, 0.2309699292) * cubes).sum(),
            (SIMD3(-1.2684380046, 2.6097574011, -0.3413193965) * cubes).sum(),
            (SIMD3(-0.0041960863, -0.7034186147, 1.7076147010) * cubes).sum())
    }

    private static func encoded(_ linear: Double) -> UInt8 {
        let value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
        return UInt8((min(max(value, 0), 1) * 255).rounded())
    }
}
