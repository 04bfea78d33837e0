/// What of an instance is compared with the truth.
public enum EvaluationKind: String, Sendable, Hashable, CaseIterable {
    /// Boxes; COCO's `bbox`.
    case box
    /// Masks; COCO's `segm`.
    case mask
}

/// A range of sizes in square pixels, both ends included.
public struct AreaRange: Sendable, Hashable {
    /// What it is called.
    public var name: String
    /// Smallest area.
    public var minimum: Double
    /// Largest area.
    public var maximum: Double

    /// Creates a range.
    public init(name: String, minimum: Double, maximum: Double) {
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Every size: 0 to 100,000 squared.
    public static let all = AreaRange(name: "all", minimum: 0, maximum: 1e5 * 1e5)
    /// Up to 32 squared.
    public static let small = AreaRange(name: "small", minimum: 0, maximum: 32 * 32)
    /// 32 squared to 96 squared.
    public static let medium = AreaRange(name: "medium", minimum: 32 * 32, maximum: 96 * 96)
    /// From 96 squared.
    public static let large = AreaRange(name: "large", minimum: 96 * 96, maximum: 1e5 * 1e5)

    /// Whether an area lies outside.
    func excludes(_ area: Double) -> Bool { area < minimum || area > maximum }
}

/// How detections are compared with the truth. The defaults are COCO's.
public struct EvaluationOptions: Sendable, Hashable {
    /// What is compared.
    public var kinds: [EvaluationKind] = [.box, .mask]
    /// Least intersection over union of a match, ascending; at most 16. COCO: 0.5, 0.55, ... 0.95.
    public var overlapThresholds = Self.steps(from: 0.5, to: 0.95, count: 10)
    /// Recalls at which precision is taken, ascending. COCO: 0, 0.01, ... 1.
    public var recallThresholds = Self.steps(from: 0, to: 1, count: 101)
    /// How many detections of an image and category count, the surest first; ascending.
    public var maximumDetections = [1, 10, 100]
    /// Ranges of sizes that are looked at apart.
    public var areaRanges: [AreaRange] = [.all, .small, .medium, .large]
    /// Whether categories must agree. Without, all count as one, as for proposals.
    public var usesCategories = true

    /// Creates COCO's options.
    public init() {}

    /// Evenly spaced numbers, computed as NumPy's `linspace` does, so that they are the same to the
    /// last bit.
    static func steps(from first: Double, to last: Double, count: Int) -> [Double] {
        let step = (last - first) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? last : Double($0) * step + first }
    }
}
