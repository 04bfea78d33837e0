/// The pixel formats in which frames travel. The reader turns any other format into the closest one.
public enum PixelFormat: String, Sendable, Hashable, CaseIterable {
    /// 8 bits, chroma halved both ways, three planes.
    case yuv420p
    /// 8 bits, chroma halved horizontally, three planes.
    case yuv422p
    /// 8 bits, full chroma, three planes.
    case yuv444p
    /// 8 bits, chroma halved both ways, U and V interleaved in the second plane.
    case nv12
    /// 10 bits in two little-endian bytes, otherwise as ``yuv420p``.
    case yuv420p10
    /// 10 bits in two little-endian bytes, otherwise as ``yuv422p``.
    case yuv422p10
    /// 10 bits in two little-endian bytes, otherwise as ``yuv444p``.
    case yuv444p10
    /// 10 bits in the upper bits of two little-endian bytes, otherwise as ``nv12``.
    case p010

    /// Significant bits a sample.
    public var bitDepth: Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p, .nv12: 8
        case .yuv420p10, .yuv422p10, .yuv444p10, .p010: 10
        }
    }

    /// Bytes a sample.
    public var bytesPerSample: Int { bitDepth > 8 ? 2 : 1 }

    /// Chroma columns are luma columns shifted right by this, rounded up.
    public var chromaShiftX: Int { self == .yuv444p || self == .yuv444p10 ? 0 : 1 }

    /// Chroma rows are luma rows shifted right by this, rounded up.
    public var chromaShiftY: Int {
        switch self {
        case .yuv420p, .nv12, .yuv420p10, .p010: 1
        case .yuv422p, .yuv444p, .yuv422p10, .yuv444p10: 0
        }
    }

    /// Whether U and V lie interleaved in the second plane.
    public var isSemiPlanar: Bool { self == .nv12 || self == .p010 }

    /// Bits below the significant ones in a sample.
    public var lowPadding: Int { self == .p010 ? 6 : 0 }

    /// Planes a frame of this format has.
    public var planeCount: Int { isSemiPlanar ? 2 : 3 }
}
