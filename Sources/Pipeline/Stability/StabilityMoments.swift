import Model

/// A step from one frame to the next at which a mask changed much more than the picture.
struct StabilityMoment: Sendable {
    var id: Int
    var category: String
    /// The later of the two frames.
    var frame: Int
    var time: Double
    var consistency: Double
    var before: RunLengthEncoding
    /// The earlier mask moved to where it is now.
    var warped: RunLengthEncoding
    var now: RunLengthEncoding

    /// How bad it looks: the part that changed, weighted by the side of a square of the same size.
    var severity: Double
}

/// The worst moments so far.
struct StabilityMoments: Sendable {
    /// How many are kept.
    static let limit = 6
    /// Frames within which a track has one moment only.
    static let distance = 15
    /// Least pixels of a mask.
    private static let leastPixels = 100

    private(set) var worst: [StabilityMoment] = []

    /// Keeps a moment if it is among the worst.
    mutating func consider(
        _ change: MaskChange, id: Int, frame: Int, time: Double,
        masks: (before: InstanceMask, now: InstanceMask), _ motion: FrameMotion, name: String
    ) {
        guard let consistency = change.consistency, change.union >= Self.leastPixels else { return }
        let severity = (1 - consistency) * Double(change.union).squareRoot()
        let rival = worst.firstIndex { $0.id == id && frame - $0.frame < Self.distance }
        if let rival {
            guard severity > worst[rival].severity else { return }
        } else if worst.count >= Self.limit, let last = worst.last, severity <= last.severity {
            return
        }
        let (width, height) = (motion.width, motion.height)
        guard let before = try? RunLengthEncoding(masks.before, width: width, height: height),
            let now = try? RunLengthEncoding(masks.now, width: width, height: height),
            let warped = try? RunLengthEncoding(
                motion.warped(masks.before), width: width, height: height)
        else { return }
        if let rival { worst.remove(at: rival) }
        worst.append(
            StabilityMoment(
                id: id, category: name, frame: frame, time: time, consistency: consistency,
                before: before, warped: warped, now: now, severity: severity))
        worst.sort { ($0.severity, $1.frame) > ($1.severity, $0.frame) }
        if worst.count > Self.limit { worst.removeLast() }
    }
}
