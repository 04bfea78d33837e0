public import Model

/// A true instance, or a crowd of them.
public struct EvaluationAnnotation: Sendable, Hashable {
    /// Its id, unique in the data set.
    public var id: Int
    /// The image it is in.
    public var imageID: Int
    /// Its category.
    public var categoryID: Int
    /// Its box; nil means that of its mask.
    public var box: EvaluationBox?
    /// Its size in square pixels, which decides the size range it belongs to; nil means that of its
    /// mask, or of its box if it has none. COCO's files state it; it need not equal either.
    public var area: Double?
    /// Whether it marks a group of instances, not all told apart. Detections on it do not count.
    public var isCrowd: Bool
    /// Its mask as the file gives it.
    public var shape: EvaluationShape

    /// Creates an annotation.
    public init(
        id: Int, imageID: Int, categoryID: Int, box: EvaluationBox?, area: Double?, isCrowd: Bool,
        shape: EvaluationShape
    ) {
        self.id = id
        self.imageID = imageID
        self.categoryID = categoryID
        self.box = box
        self.area = area
        self.isCrowd = isCrowd
        self.shape = shape
    }
}

/// A box in pixels, fractions included; origin at the top left of the picture.
public struct EvaluationBox: Sendable, Hashable {
    /// Left edge.
    public var x: Double
    /// Top edge.
    public var y: Double
    /// Width.
    public var width: Double
    /// Height.
    public var height: Double

    /// Creates a box.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Creates a box of whole pixels.
    public init(_ rectangle: PixelRectangle) {
        self.init(
            x: Double(rectangle.x), y: Double(rectangle.y), width: Double(rectangle.width),
            height: Double(rectangle.height))
    }

    /// Width times height.
    public var area: Double { width * height }

    /// Intersection over union; over the area of this box if the other is a crowd's. 0 where they do
    /// not overlap.
    public func overlap(_ truth: EvaluationBox, isCrowd: Bool = false) -> Double {
        let sharedWidth = min(x + width, truth.x + truth.width) - max(x, truth.x)
        guard sharedWidth > 0 else { return 0 }
        let sharedHeight = min(y + height, truth.y + truth.height) - max(y, truth.y)
        guard sharedHeight > 0 else { return 0 }
        let shared = sharedWidth * sharedHeight
        return shared / (isCrowd ? area : area + truth.area - shared)
    }
}

/// A mask as data sets give it.
public enum EvaluationShape: Sendable, Hashable {
    /// No mask: nothing is set.
    case none
    /// Outlines as x, y, x, y, ... in pixels; the mask is all pixels inside any of them.
    case polygons([[Double]])
    /// Run lengths.
    case runLengths(RunLengthEncoding)

    /// The mask in a picture of the given size, exactly as COCO's tools draw it.
    ///
    /// - Throws: ``RunLengthError`` for a size or outline that is not possible.
    public func runLengths(width: Int, height: Int) throws(RunLengthError) -> RunLengthEncoding {
        switch self {
        case .none:
            return try RunLengthEncoding(width: width, height: height, polygons: [])
        case .polygons(let polygons):
            return try RunLengthEncoding(width: width, height: height, polygons: polygons)
        case .runLengths(let runs):
            return runs
        }
    }
}

extension EvaluationBox {
    /// The corners, counter-clockwise from the top left.
    var outline: [Double] {
        let (right, bottom) = (x + width, y + height)
        return [x, y, x, bottom, right, bottom, right, y]
    }
}
