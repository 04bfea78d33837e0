/// Four channels of one pixel.
typealias Lanes = SIMD4<Float>

/// One dimension of a minimal filtering algorithm F(m, 3): m results of a filter of three taps out of
/// m + 2 products (Winograd 1980; Lavin and Gray, arXiv 1509.09308).
///
/// The transforms evaluate polynomials at zero, at pairs of points +-p and at infinity. Each pair shares
/// its even and odd parts.
protocol WinogradLine {
    /// Results of a line, m.
    static var results: Int { get }

    /// Transforms the three taps of a filter: row k is (1, p, p^2) over the product of p - q for all other
    /// points q; the last, of infinity, (0, 0, 1).
    static func transformTaps(
        _ a: Lanes, _ b: Lanes, _ c: Lanes, _ write: (_ index: Int, Lanes) -> Void)

    /// Transforms m + 2 samples, `step` vectors apart.
    static func transformSamples(
        _ samples: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void)

    /// Makes m results of m + 2 products, `step` vectors apart.
    static func transformProducts(
        _ products: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void)
}

extension WinogradLine {
    /// Samples of a line, and products.
    static var samples: Int { results + 2 }

    /// The rows of the points +-p, `share` being one over their products of differences, which are equal.
    @inline(__always)
    fileprivate static func transformTaps(
        _ a: Lanes, _ b: Lanes, _ c: Lanes, at point: Float, _ share: Float, _ index: Int,
        _ write: (_ index: Int, Lanes) -> Void
    ) {
        let (even, odd) = (share * a + share * point * point * c, share * point * b)
        write(index, even + odd)
        write(index + 1, even - odd)
    }
}

/// F(2, 3): 2.25 times fewer products in two dimensions. The points are 0, +-1 and infinity.
enum WinogradLine2: WinogradLine {
    static var results: Int { 2 }

    @inline(__always)
    static func transformTaps(
        _ a: Lanes, _ b: Lanes, _ c: Lanes, _ write: (_ index: Int, Lanes) -> Void
    ) {
        write(0, -a)
        transformTaps(a, b, c, at: 1, 1 / 2, 1, write)
        write(3, c)
    }

    @inline(__always)
    static func transformSamples(
        _ d: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void
    ) {
        write(0, d[2 * step] - d[0])
        write(1, d[2 * step] + d[step])
        write(2, d[2 * step] - d[step])
        write(3, d[3 * step] - d[step])
    }

    @inline(__always)
    static func transformProducts(
        _ m: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void
    ) {
        write(0, m[0] + (m[step] + m[2 * step]))
        write(1, (m[step] - m[2 * step]) + m[3 * step])
    }
}

/// F(4, 3): 4 times fewer products in two dimensions.
///
/// The points, 0, +-0.625, +-1.5 and infinity, have less than half the rounding error of the usual +-1 and +-2.
enum WinogradLine4: WinogradLine {
    static var results: Int { 4 }

    private static var a: Float { 0.625 }
    private static var b: Float { 1.5 }

    @inline(__always)
    static func transformTaps(
        _ x: Lanes, _ y: Lanes, _ z: Lanes, _ write: (_ index: Int, Lanes) -> Void
    ) {
        write(0, 1 / (a * a * b * b) * x)
        transformTaps(x, y, z, at: a, 1 / (2 * a * a * (a * a - b * b)), 1, write)
        transformTaps(x, y, z, at: b, 1 / (2 * b * b * (b * b - a * a)), 3, write)
        write(5, z)
    }

    @inline(__always)
    static func transformSamples(
        _ d: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void
    ) {
        let (d1, d2) = (d[step], d[2 * step])
        let (d3, d4) = (d[3 * step], d[4 * step])
        write(0, a * a * b * b * d[0] - (a * a + b * b) * d2 + d4)
        let (evenA, oddA) = (d4 - b * b * d2, a * d3 - a * b * b * d1)
        write(1, evenA + oddA)
        write(2, evenA - oddA)
        let (evenB, oddB) = (d4 - a * a * d2, b * d3 - b * a * a * d1)
        write(3, evenB + oddB)
        write(4, evenB - oddB)
        write(5, a * a * b * b * d1 - (a * a + b * b) * d3 + d[5 * step])
    }

    @inline(__always)
    static func transformProducts(
        _ m: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void
    ) {
        let (sumA, differenceA) = (m[step] + m[2 * step], m[step] - m[2 * step])
        let (sumB, differenceB) = (m[3 * step] + m[4 * step], m[4 * step] - m[3 * step])
        // Not sumB, and a difference the other way round: vectors are added lane by lane as far as the
        // compiler knows, and in sums of two terms that are alike it mixes the lanes of both.
        write(0, m[0] + sumA + m[3 * step] + m[4 * step])
        write(1, a * differenceA - b * differenceB)
        write(2, a * a * sumA + b * b * sumB)
        write(3, a * a * a * differenceA - b * b * b * differenceB + m[5 * step])
    }
}

/// F(6, 3): 5.06 times fewer products in two dimensions. The points are 0, +-0.5, +-1, +-2 and infinity.
enum WinogradLine6: WinogradLine {
    static var results: Int { 6 }

    @inline(__always)
    static func transformTaps(
        _ a: Lanes, _ b: Lanes, _ c: Lanes, _ write: (_ index: Int, Lanes) -> Void
    ) {
        write(0, -a)
        transformTaps(a, b, c, at: 0.5, 32 / 45, 1, write)
        transformTaps(a, b, c, at: 1, -2 / 9, 3, write)
        transformTaps(a, b, c, at: 2, 1 / 90, 5, write)
        write(7, c)
    }

    @inline(__always)
    static func transformSamples(
        _ d: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void
    ) {
        let (d1, d2, d3) = (d[step], d[2 * step], d[3 * step])
        let (d4, d5, d6) = (d[4 * step], d[5 * step], d[6 * step])
        write(0, (d6 - d[0]) + 5.25 * (d2 - d4))
        write(7, (d[7 * step] - d1) + 5.25 * (d3 - d5))
        // The sums and products of the squares of the other two points.
        let (evenA, oddA) = (d6 - 5 * d4 + 4 * d2, 0.5 * d5 - 2.5 * d3 + 2 * d1)
        write(1, evenA + oddA)
        write(2, evenA - oddA)
        let (evenB, oddB) = (d6 - 4.25 * d4 + d2, d5 - 4.25 * d3 + d1)
        write(3, evenB + oddB)
        write(4, evenB - oddB)
        let (evenC, oddC) = (d6 - 1.25 * d4 + 0.25 * d2, 2 * d5 - 2.5 * d3 + 0.5 * d1)
        write(5, evenC + oddC)
        write(6, evenC - oddC)
    }

    @inline(__always)
    static func transformProducts(
        _ m: UnsafePointer<Lanes>, _ step: Int, _ write: (_ index: Int, Lanes) -> Void
    ) {
        let (sumA, differenceA) = (m[step] + m[2 * step], m[step] - m[2 * step])
        let (sumB, differenceB) = (m[3 * step] + m[4 * step], m[3 * step] - m[4 * step])
        let (sumC, differenceC) = (m[5 * step] + m[6 * step], m[5 * step] - m[6 * step])
        write(0, m[0] + sumA + (sumB + sumC))
        write(1, 0.5 * differenceA + differenceB + 2 * differenceC)
        write(2, 0.25 * sumA + sumB + 4 * sumC)
        write(3, 0.125 * differenceA + differenceB + 8 * differenceC)
        write(4, 0.0625 * sumA + sumB + 16 * sumC)
        write(5, 0.03125 * differenceA + differenceB + 32 * differenceC + m[7 * step])
    }
}

/// The tile of results that a two-dimensional algorithm F(m x m, 3 x 3) makes at once.
enum WinogradTile: Int, Hashable, Sendable, CaseIterable {
    case two = 2
    case four = 4
    case six = 6

    /// Rows and columns of results.
    var results: Int { rawValue }
    /// Rows and columns of what is read for it.
    var samples: Int { rawValue + 2 }
    var products: Int { samples * samples }
}
