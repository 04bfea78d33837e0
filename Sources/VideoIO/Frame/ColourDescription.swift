/// The equations between RGB and luma/chroma, by their H.273 code points.
public struct ColourMatrix: RawRepresentable, Sendable, Hashable {
    /// The code point.
    public let rawValue: Int32
    /// Creates a value from a code point.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Red, green and blue themselves.
    public static let rgb = ColourMatrix(rawValue: 0)
    /// HD television.
    public static let bt709 = ColourMatrix(rawValue: 1)
    /// Not said.
    public static let unspecified = ColourMatrix(rawValue: 2)
    /// FCC 73.682.
    public static let fcc = ColourMatrix(rawValue: 4)
    /// PAL and SECAM; the same equations as ``smpte170m``.
    public static let bt470bg = ColourMatrix(rawValue: 5)
    /// NTSC; BT.601.
    public static let smpte170m = ColourMatrix(rawValue: 6)
    /// SMPTE 240M.
    public static let smpte240m = ColourMatrix(rawValue: 7)
    /// UHD television, non-constant luminance.
    public static let bt2020nc = ColourMatrix(rawValue: 9)
    /// UHD television, constant luminance.
    public static let bt2020c = ColourMatrix(rawValue: 10)
}

/// The chromaticities of red, green, blue and white, by their H.273 code points.
public struct ColourPrimaries: RawRepresentable, Sendable, Hashable {
    /// The code point.
    public let rawValue: Int32
    /// Creates a value from a code point.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// HD television and sRGB.
    public static let bt709 = ColourPrimaries(rawValue: 1)
    /// Not said.
    public static let unspecified = ColourPrimaries(rawValue: 2)
    /// UHD television.
    public static let bt2020 = ColourPrimaries(rawValue: 9)
}

/// The transfer characteristics, by their H.273 code points.
public struct ColourTransfer: RawRepresentable, Sendable, Hashable {
    /// The code point.
    public let rawValue: Int32
    /// Creates a value from a code point.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// HD television.
    public static let bt709 = ColourTransfer(rawValue: 1)
    /// Not said.
    public static let unspecified = ColourTransfer(rawValue: 2)
    /// Perceptual quantiser, SMPTE ST 2084: HDR10.
    public static let pq = ColourTransfer(rawValue: 16)
    /// Hybrid log-gamma, ARIB STD-B67.
    public static let hlg = ColourTransfer(rawValue: 18)
}

/// Which codes samples use.
public enum ColourRange: Int32, Sendable, Hashable {
    /// Not said; read as limited.
    case unspecified = 0
    /// 16...235 for luma at 8 bits.
    case limited = 1
    /// 0...255 at 8 bits.
    case full = 2
}

/// Where chroma samples lie between luma samples.
public enum ChromaLocation: Int32, Sendable, Hashable {
    /// Not said.
    case unspecified = 0
    /// On the left column, between two rows: MPEG-2 and H.264 4:2:0.
    case left = 1
    /// In the middle of four luma samples: MPEG-1 and JPEG 4:2:0.
    case center = 2
    /// On the upper left luma sample.
    case topLeft = 3
    /// Between two columns, on the upper row.
    case top = 4
    /// On the lower left luma sample.
    case bottomLeft = 5
    /// Between two columns, on the lower row.
    case bottom = 6
}

/// How the samples of a picture are to be understood: as tagged, and resolved where tags are missing.
public struct ColourDescription: Sendable, Hashable {
    /// The matrix as tagged.
    public var matrix: ColourMatrix
    /// The primaries as tagged.
    public var primaries: ColourPrimaries
    /// The transfer characteristics as tagged.
    public var transfer: ColourTransfer
    /// The range as tagged.
    public var range: ColourRange
    /// The chroma location as tagged.
    public var chromaLocation: ChromaLocation
    /// Rows of the coded picture, which decide on the matrix where none is tagged.
    public var pictureHeight: Int

    /// Creates a description; what is left out is untagged.
    public init(
        matrix: ColourMatrix = .unspecified, primaries: ColourPrimaries = .unspecified,
        transfer: ColourTransfer = .unspecified, range: ColourRange = .unspecified,
        chromaLocation: ChromaLocation = .unspecified, pictureHeight: Int
    ) {
        self.matrix = matrix
        self.primaries = primaries
        self.transfer = transfer
        self.range = range
        self.chromaLocation = chromaLocation
        self.pictureHeight = pictureHeight
    }

    /// The matrix as tagged, or BT.709 from 720 lines up and BT.601 below where the tag is missing or
    /// names no linear luma equation.
    public var resolvedMatrix: ColourMatrix {
        switch matrix {
        case .bt709, .fcc, .bt470bg, .smpte170m, .smpte240m, .bt2020nc, .bt2020c:
            matrix
        default: pictureHeight >= 720 ? .bt709 : .smpte170m
        }
    }

    /// Share of red in luma.
    public var redWeight: Float { lumaWeights.red }

    /// Share of blue in luma.
    public var blueWeight: Float { lumaWeights.blue }

    /// Whether samples use all codes; untagged means limited.
    public var isFullRange: Bool { range == .full }

    /// Whether the transfer is PQ or HLG, which 8 bits cannot carry.
    public var isHighDynamicRange: Bool { transfer == .pq || transfer == .hlg }

    private var lumaWeights: (red: Float, blue: Float) {
        switch resolvedMatrix {
        case .bt709: (0.2126, 0.0722)
        case .fcc: (0.30, 0.11)
        case .smpte240m: (0.212, 0.087)
        case .bt2020nc, .bt2020c: (0.2627, 0.0593)
        default: (0.299, 0.114)
        }
    }
}
