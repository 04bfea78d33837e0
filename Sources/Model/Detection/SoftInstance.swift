/// What an instance was before rounding and threshold; what can be averaged over time.
public struct SoftInstance: Sendable, Hashable {
    /// The box in fractions of the picture, as the network gave it.
    public var box: RelativeBox
    /// The mask in numbers between 0 and 1.
    public var mask: SoftMask

    /// Creates a soft instance.
    public init(box: RelativeBox, mask: SoftMask) {
        self.box = box
        self.mask = mask
    }
}

/// A mask before its threshold, on the grid of the prototypes, stored only inside its crop.
public struct SoftMask: Sendable, Hashable {
    /// Cells of the grid each way; the grid covers the whole picture.
    public var side: Int
    /// Columns of the grid that ``values`` covers; the mask is 0 outside of them.
    public var columns: Range<Int>
    /// Rows of the grid that ``values`` covers.
    public var rows: Range<Int>
    /// The probability that a cell belongs to the object, 0...1, row by row.
    public var values: [Float]

    /// Creates a mask. `values` must hold as many numbers as columns times rows.
    public init(side: Int, columns: Range<Int>, rows: Range<Int>, values: [Float]) {
        self.side = side
        self.columns = columns
        self.rows = rows
        self.values = values
    }
}
