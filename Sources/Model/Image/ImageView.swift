/// A borrowed view of a picture's planes: what the network reads, whoever decoded it.
///
/// The view does not own the memory; it is valid only inside the closure that hands it out. Sample
/// `(x, y)` of a plane lies at `y * bytesPerRow + x * bytesPerSample * interleave`.
public struct ImageView {
    /// Picture width in pixels.
    public let width: Int
    /// Picture height in pixels.
    public let height: Int
    /// How samples lie in the planes.
    public let layout: PixelLayout
    // Not a list, which would take memory for each picture.
    private let planes: (Plane?, Plane?, Plane?)

    /// One plane of samples.
    public struct Plane {
        /// The samples of all rows, padding included.
        public let bytes: UnsafeRawBufferPointer
        /// Distance between rows in bytes.
        public let bytesPerRow: Int

        /// Creates a plane over borrowed memory.
        public init(bytes: UnsafeRawBufferPointer, bytesPerRow: Int) {
            self.bytes = bytes
            self.bytesPerRow = bytesPerRow
        }
    }

    /// Creates a view.
    ///
    /// - Parameters:
    ///   - width: Picture width in pixels.
    ///   - height: Picture height in pixels.
    ///   - layout: How samples lie in the planes.
    ///   - planes: Y, U, V for planar pictures; Y, UV for semi-planar; one for packed RGB. They must hold
    ///     what layout, width and height demand; more than three are left out.
    public init(width: Int, height: Int, layout: PixelLayout, planes: some Sequence<Plane>) {
        self.width = width
        self.height = height
        self.layout = layout
        var iterator = planes.makeIterator()
        self.planes = (iterator.next(), iterator.next(), iterator.next())
    }

    /// A plane by its number from 0; nil if there are not so many.
    public func plane(_ index: Int) -> Plane? {
        switch index {
        case 0: planes.0
        case 1: planes.1
        case 2: planes.2
        default: nil
        }
    }
}

/// How the samples of a picture are stored.
public enum PixelLayout: Sendable, Hashable {
    /// Three bytes R, G, B a pixel.
    case rgb24
    /// Luma and two chroma components.
    case yuv(YUVLayout)
}

/// A luma/chroma picture: sub-sampling, depth and the equations that turn it into RGB.
public struct YUVLayout: Sendable, Hashable {
    /// Chroma columns are luma columns shifted right by this (rounded up): 1 for 4:2:0 and 4:2:2.
    public var chromaShiftX: Int
    /// Chroma rows are luma rows shifted right by this (rounded up): 1 for 4:2:0.
    public var chromaShiftY: Int
    /// Significant bits a sample: 8 to 16. More than 8 are stored in two little-endian bytes.
    public var bitDepth: Int
    /// Bits below the significant ones in a two-byte sample: 6 for P010, 0 for planar formats.
    public var lowPadding: Int
    /// Whether U and V lie interleaved in one plane (NV12, P010).
    public var isSemiPlanar: Bool
    /// Luma coefficients of red and blue: 0.2126 and 0.0722 for BT.709.
    public var redWeight: Float
    /// See ``redWeight``.
    public var blueWeight: Float
    /// Whether samples use all codes (0...255) instead of the limited range (16...235).
    public var isFullRange: Bool

    /// Creates a layout.
    public init(
        chromaShiftX: Int, chromaShiftY: Int, bitDepth: Int = 8, lowPadding: Int = 0,
        isSemiPlanar: Bool = false, redWeight: Float, blueWeight: Float, isFullRange: Bool = false
    ) {
        self.chromaShiftX = chromaShiftX
        self.chromaShiftY = chromaShiftY
        self.bitDepth = bitDepth
        self.lowPadding = lowPadding
        self.isSemiPlanar = isSemiPlanar
        self.redWeight = redWeight
        self.blueWeight = blueWeight
        self.isFullRange = isFullRange
    }
}
