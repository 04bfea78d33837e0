/// How a track's masks, boxes and scores are smoothed.
public struct SmoothingOptions: Sendable, Hashable {
    /// Weights of the soft masks of this frame and the ones before it, the newest first. Their mean age,
    /// the sum of each weight times its age over the sum of weights, is the lag in frames.
    public var maskWeights: [Double]
    /// Where the picture did not change, a pixel whose soft value is within this distance of the threshold
    /// stays what it was, 0...0.5, as far as that moves outlines only; see `MaskHold`.
    public var staticMargin: Float
    /// The part of a box's surprise, the difference from where it was predicted, that is followed, 0...1.
    public var boxGain: Double
    /// The part of it that changes the predicted velocity, 0...1.
    public var velocityGain: Double
    /// The part of a new score that is followed, 0...1.
    public var scoreGain: Double
    /// A surprise of this many sizes is followed entirely; smaller ones in proportion.
    public var surprise: Double
    /// Seconds after which nothing of the past counts.
    public var memory: Double

    /// Creates options.
    public init(
        maskWeights: [Double], staticMargin: Float, boxGain: Double,
        velocityGain: Double, scoreGain: Double, surprise: Double, memory: Double
    ) {
        precondition(maskWeights.first.map { $0 > 0 } ?? false)
        self.maskWeights = maskWeights
        self.staticMargin = staticMargin
        self.boxGain = boxGain
        self.velocityGain = velocityGain
        self.scoreGain = scoreGain
        self.surprise = surprise
        self.memory = memory
    }

    /// The options of a strength; nil for none.
    public init?(_ strength: SmoothingStrength) {
        switch strength {
        case .off: return nil
        case .light:
            self.init(
                maskWeights: [0.5, 0.3, 0.2], staticMargin: 0.22, boxGain: 0.35,
                velocityGain: 0.07, scoreGain: 0.5, surprise: 0.5, memory: 0.5)
        case .strong:
            self.init(
                maskWeights: [0.3, 0.25, 0.2, 0.15, 0.1], staticMargin: 0.32, boxGain: 0.2,
                velocityGain: 0.05, scoreGain: 0.25, surprise: 0.5, memory: 1)
        }
    }

    /// The largest lag of a mask in frames: the mean age when all of ``maskWeights`` count.
    public var largestLag: Double {
        let ages = maskWeights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        return ages / maskWeights.reduce(0, +)
    }
}
