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

/// The planes of a frame for reading: Y, U, V, or Y and UV. Valid only inside the closure that hands them out.
public struct FramePlanes: RandomAccessCollection {
    let frame: VideoFrame

    /// 0.
    public var startIndex: Int { 0 }
    /// Number of planes, 2 or 3.
    public var endIndex: Int { frame.format.planeCount }

    /// A plane, by its number.
    public subscript(index: Int) -> FramePlane {
        let (bytes, stride, width, height) = frame.plane(index)
        return FramePlane(
            bytes: UnsafeRawBufferPointer(bytes), bytesPerRow: stride, width: width, height: height)
    }
}

/// The planes of a frame for writing: Y, U, V, or Y and UV. Valid only inside the closure that hands them out.
public struct MutableFramePlanes: RandomAccessCollection {
    let frame: VideoFrame

    /// 0.
    public var startIndex: Int { 0 }
    /// Number of planes, 2 or 3.
    public var endIndex: Int { frame.format.planeCount }

    /// A plane, by its number.
    public subscript(index: Int) -> MutableFramePlane {
        let (bytes, stride, width, height) = frame.plane(index)
        return MutableFramePlane(
            bytes: bytes, bytesPerRow: stride, width: width, height: height)
    }
}
