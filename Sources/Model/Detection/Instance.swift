/// A detected object before its mask is assembled.
public struct Detection: Sendable, Hashable {
    /// Index into ``YolactConfiguration/classNames``; background is not counted.
    public var classIndex: Int
    /// Confidence, 0...1; corrected by the quality of the mask where the network rescores (YOLACT++).
    public var score: Float
    /// Confidence of class and box alone, 0...1.
    public var boxScore: Float
    /// Box relative to the picture.
    public var box: RelativeBox
    /// Index of the anchor that produced it; finds its mask coefficients.
    public var anchor: Int

    /// Creates a detection whose score has not been corrected.
    public init(classIndex: Int, score: Float, box: RelativeBox, anchor: Int) {
        self.classIndex = classIndex
        self.score = score
        boxScore = score
        self.box = box
        self.anchor = anchor
    }
}

/// A box in fractions of the picture; as the network gives it, so corners may lie outside 0...1.
public struct RelativeBox: Sendable, Hashable {
    /// Left edge.
    public var x1: Float
    /// Top edge.
    public var y1: Float
    /// Right edge.
    public var x2: Float
    /// Bottom edge.
    public var y2: Float

    /// Creates a box.
    public init(x1: Float, y1: Float, x2: Float, y2: Float) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
    }
}

extension RelativeBox {
    /// The largest difference between two edges.
    func distance(to other: RelativeBox) -> Float {
        max(abs(x1 - other.x1), abs(y1 - other.y1), abs(x2 - other.x2), abs(y2 - other.y2))
    }

    /// Intersection over union.
    func overlap(_ other: RelativeBox) -> Float {
        let width = max(0, min(x2, other.x2) - max(x1, other.x1))
        let height = max(0, min(y2, other.y2) - max(y1, other.y1))
        let shared = width * height
        return shared
            / ((x2 - x1) * (y2 - y1) + (other.x2 - other.x1) * (other.y2 - other.y1) - shared)
    }
}

/// A rectangle of whole pixels, origin at the top left.
public struct PixelRectangle: Sendable, Hashable {
    /// Left column.
    public var x: Int
    /// Top row.
    public var y: Int
    /// Columns.
    public var width: Int
    /// Rows.
    public var height: Int

    /// Creates a rectangle.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// A segmented object: class, score, box and mask in pixels of the picture.
public struct Instance: Sendable, Hashable {
    /// Index into ``YolactConfiguration/classNames``.
    public var classIndex: Int
    /// Confidence, 0...1; corrected by the quality of the mask where the network rescores (YOLACT++).
    public var score: Float
    /// Confidence of class and box alone, 0...1.
    public var boxScore: Float
    /// Box clamped to the picture, in pixels.
    public var box: PixelRectangle
    /// The visible pixels.
    public var mask: InstanceMask
    /// Identity of the object through a video, from 1; nil where objects are not tracked, or where this
    /// one has not been seen often enough.
    public var id: Int?
    /// Box and mask before rounding and threshold; nil unless the ``MaskAssembler`` was told to keep them.
    public var soft: SoftInstance?

    /// Creates an instance; `boxScore` is the score if nil.
    public init(
        classIndex: Int, score: Float, boxScore: Float? = nil, box: PixelRectangle,
        mask: InstanceMask, id: Int? = nil, soft: SoftInstance? = nil
    ) {
        self.classIndex = classIndex
        self.score = score
        self.boxScore = boxScore ?? score
        self.box = box
        self.mask = mask
        self.id = id
        self.soft = soft
    }
}

/// A binary mask, stored only where it can be set.
public struct InstanceMask: Sendable, Hashable {
    /// The part of the picture that ``pixels`` covers; the mask is empty outside it.
    public var region: PixelRectangle
    /// One byte a pixel of the region, row by row: 1 inside the object, 0 outside.
    public var pixels: [UInt8]

    /// Creates a mask. `pixels` must hold width times height bytes of `region`.
    public init(region: PixelRectangle, pixels: [UInt8]) {
        self.region = region
        self.pixels = pixels
    }

    /// Whether the pixel at column x and row y of the picture is set.
    public func contains(_ x: Int, _ y: Int) -> Bool {
        let column = x - region.x
        let row = y - region.y
        guard (0..<region.width).contains(column), (0..<region.height).contains(row) else {
            return false
        }
        return pixels[row * region.width + column] != 0
    }

    /// Number of set pixels.
    public var area: Int { pixels.reduce(0) { $0 + Int($1) } }
}
