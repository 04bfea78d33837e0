/// One of the eight ways in which a picture is brought upright: first the axes are swapped (the
/// picture is mirrored at its falling diagonal), then columns and rows are reversed.
public struct Orientation: Sendable, Hashable {
    /// Whether rows become columns.
    public let swapsAxes: Bool
    /// Whether the order of columns is reversed, after the swap.
    public let reversesColumns: Bool
    /// Whether the order of rows is reversed, after the swap.
    public let reversesRows: Bool

    /// Creates an orientation.
    public init(swapsAxes: Bool, reversesColumns: Bool, reversesRows: Bool) {
        self.swapsAxes = swapsAxes
        self.reversesColumns = reversesColumns
        self.reversesRows = reversesRows
    }

    /// Nothing to do.
    public static let upright = Orientation(
        swapsAxes: false, reversesColumns: false, reversesRows: false)

    /// Degrees clockwise that bring the picture upright (after mirroring left and right where
    /// ``isMirrored``): 0, 90, 180 or 270.
    public var rotation: Int {
        switch (swapsAxes, reversesRows) {
        case (false, false): 0
        case (true, false): reversesColumns ? 90 : 270
        case (false, true): 180
        case (true, true): reversesColumns ? 90 : 270
        }
    }

    /// Whether the picture is a mirror image.
    public var isMirrored: Bool { swapsAxes == (reversesColumns == reversesRows) }

    /// Reads a display matrix: nine 16.16 fixed-point numbers, the nearest quarter turn taken.
    init(displayMatrix m: UnsafePointer<Int32>) {
        // x' = m0 x + m3 y, y' = m1 x + m4 y, rows counted downwards.
        let straight = max(m[0].magnitude, m[4].magnitude)
        let crossed = max(m[1].magnitude, m[3].magnitude)
        if straight >= crossed {
            self.init(swapsAxes: false, reversesColumns: m[0] < 0, reversesRows: m[4] < 0)
        } else {
            self.init(swapsAxes: true, reversesColumns: m[3] < 0, reversesRows: m[1] < 0)
        }
    }
}
