/// One plane of a frame, borrowed for reading; valid only inside the closure that hands it out.
public struct FramePlane {
    /// All rows from the first sample to the last, the padding between rows included.
    public let bytes: UnsafeRawBufferPointer
    /// Distance between rows in bytes.
    public let bytesPerRow: Int
    /// Samples a row; an interleaved UV pair counts as one.
    public let width: Int
    /// Rows.
    public let height: Int
}

/// One plane of a frame, borrowed for writing; valid only inside the closure that hands it out.
public struct MutableFramePlane {
    /// All rows from the first sample to the last, the padding between rows included.
    public let bytes: UnsafeMutableRawBufferPointer
    /// Distance between rows in bytes.
    public let bytesPerRow: Int
    /// Samples a row; an interleaved UV pair counts as one.
    public let width: Int
    /// Rows.
    public let height: Int
}
