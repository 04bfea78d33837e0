import Foundation

/// How steady one track, those of one class, or all of a video are. Formulas are in docs/stability.md. A
/// measure that nothing can be said about is nil.
public struct StabilityMeasures: Sendable, Codable, Hashable {
    /// Tracks.
    public var tracks = 0
    /// Masks: frames of all tracks.
    public var masks = 0
    /// Mean IoU of a mask with the one before it, warped by the motion of the picture.
    public var consistency: Double?
    /// Mean IoU of a mask with the one before it, moved and scaled as its box was.
    public var shapeOverlap: Double?
    /// The part of mask pixels with unchanged luma that changed sides, 0...1.
    public var staticFlicker: Double?
    /// Mean number of connected parts of a mask. Occluded objects have several, noise makes many.
    public var partsPerMask: Double?
    /// Mean number of parts of at most 4 pixels of a mask.
    public var specksPerMask: Double?
    /// Mean second difference of the box's centre, in sizes (square root of width times height).
    public var centreJitter: Double?
    /// Mean absolute second difference of the logarithm of the size.
    public var sizeJitter: Double?
    /// Mean absolute second difference of the logarithm of width over height.
    public var aspectJitter: Double?
    /// Standard deviation of the scores of a track.
    public var scoreDeviation: Double?
    /// The part of steps from one sighting to the next at which the class changed.
    public var classFlips: Double?
    /// Stretches within a track in which it was not seen.
    public var gaps = 0
    /// Frames in these.
    public var gapFrames = 0
    /// Tracks that began in mid-picture, not at its border nor in the first frame.
    public var births = 0
    /// Tracks that ended in mid-picture, not at its border nor in the last frame.
    public var deaths = 0
    /// Gaps, births and deaths in mid-picture for each track.
    public var fragmentation: Double?

    /// Creates the measures of nothing.
    public init() {}
}

/// Adds up samples to measures.
struct StabilitySums {
    private var measures = StabilityMeasures()
    private var consistency = RunningMean()
    private var shapeOverlap = RunningMean()
    private var flips = 0
    private var staticPixels = 0
    private var parts = RunningMean()
    private var specks = RunningMean()
    private var centreJitter = RunningMean()
    private var sizeJitter = RunningMean()
    private var aspectJitter = RunningMean()
    private var scoreVariance = RunningMean()
    private var classFlips = RunningMean()

    /// Adds a track.
    ///
    /// - Parameters:
    ///   - samples: Of the track, by rising frame.
    ///   - frames: Numbers of the first and last frame of the video.
    mutating func add(_ samples: [TrackSample], frames: ClosedRange<Int>) {
        guard let first = samples.first, let last = samples.last else { return }
        measures.tracks += 1
        measures.masks += samples.count
        if first.frame > frames.lowerBound, !first.touchesBorder { measures.births += 1 }
        if last.frame < frames.upperBound, !last.touchesBorder { measures.deaths += 1 }
        let meanScore = samples.reduce(0) { $0 + $1.score } / Double(samples.count)
        for (index, sample) in samples.enumerated() {
            let difference = sample.score - meanScore
            scoreVariance.add(difference * difference)
            parts.add(Double(sample.parts.count))
            specks.add(Double(sample.parts.specks))
            if let change = sample.change {
                if let value = change.consistency { consistency.add(value) }
                if let value = change.shapeOverlap { shapeOverlap.add(value) }
                flips += change.staticFlips
                staticPixels += change.staticPixels
            }
            guard index > 0 else { continue }
            let before = samples[index - 1]
            classFlips.add(before.classIndex == sample.classIndex ? 0 : 1)
            if sample.frame > before.frame + 1 {
                measures.gaps += 1
                measures.gapFrames += sample.frame - before.frame - 1
            }
            if let jitter = BoxJitter(samples, at: index) {
                centreJitter.add(jitter.centre)
                sizeJitter.add(jitter.size)
                aspectJitter.add(jitter.aspect)
            }
        }
    }

    var result: StabilityMeasures {
        var result = measures
        result.consistency = consistency.mean
        result.shapeOverlap = shapeOverlap.mean
        result.staticFlicker = staticPixels > 0 ? Double(flips) / Double(staticPixels) : nil
        result.partsPerMask = parts.mean
        result.specksPerMask = specks.mean
        result.centreJitter = centreJitter.mean
        result.sizeJitter = sizeJitter.mean
        result.aspectJitter = aspectJitter.mean
        result.scoreDeviation = scoreVariance.mean.map { $0.squareRoot() }
        result.classFlips = classFlips.mean
        if measures.tracks > 0 {
            result.fragmentation =
                Double(measures.gaps + measures.births + measures.deaths)
                / Double(measures.tracks)
        }
        return result
    }
}

/// Second differences of a box over three frames in a row.
struct BoxJitter {
    let centre: Double
    let size: Double
    let aspect: Double

    /// Nil unless the sample and the two before it are of frames in a row. Boxes at the border of the
    /// picture are cut there; their change is not that of the object.
    init?(_ samples: [TrackSample], at index: Int) {
        guard index >= 2 else { return nil }
        let (a, b, c) = (samples[index - 2], samples[index - 1], samples[index])
        guard c.frame == b.frame + 1, b.frame == a.frame + 1,
            !a.touchesBorder, !b.touchesBorder, !c.touchesBorder
        else { return nil }
        let bend = c.centre - 2 * b.centre + a.centre
        centre = (bend * bend).sum().squareRoot() / (b.sides.x * b.sides.y).squareRoot()
        func logSize(_ sample: TrackSample) -> Double { log(sample.sides.x * sample.sides.y) / 2 }
        func logAspect(_ sample: TrackSample) -> Double { log(sample.sides.x / sample.sides.y) }
        size = abs(logSize(c) - 2 * logSize(b) + logSize(a))
        aspect = abs(logAspect(c) - 2 * logAspect(b) + logAspect(a))
    }
}

/// A mean that is put together value by value.
struct RunningMean: Sendable {
    private(set) var count = 0
    private var sum = 0.0

    mutating func add(_ value: Double) {
        count += 1
        sum += value
    }

    /// Nil for no values.
    var mean: Double? { count > 0 ? sum / Double(count) : nil }
}
