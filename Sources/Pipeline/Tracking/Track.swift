import Foundation
import Model

/// An instance as a tracker sees it, its mask packed for comparison.
struct Sighting {
    let classIndex: Int
    let score: Float
    let box: PixelRectangle
    let mask: BitMask

    /// - Parameters:
    ///   - instance: What was seen.
    ///   - rowStep: See ``BitMask/load(_:step:)``.
    ///   - memory: A mask that nobody needs any more.
    init(_ instance: Instance, rowStep: Int, memory: consuming BitMask) {
        classIndex = instance.classIndex
        score = instance.score
        box = instance.box
        memory.load(instance.mask, step: rowStep)
        mask = memory
    }
}

/// An object as far as a tracker knows it.
struct Track {
    let number: Int
    var id: Int?
    private(set) var votes = ClassVotes()
    private(set) var sightings = 1
    private(set) var bestScore: Float
    private var lastClass: Int
    private var lastScore: Float
    /// Whether an older track is on the same object.
    var isDuplicate = false
    /// Frames since it was seen last.
    private(set) var unseen = 0
    /// Seconds since it was seen last.
    private(set) var unseenSeconds = 0.0
    private var motion: BoxMotion
    /// As it was seen last.
    private(set) var mask: BitMask
    /// Centre of the box when the mask was seen.
    private var maskCentre: (x: Double, y: Double)
    private var wasSeen = true

    init(number: Int, _ sighting: Sighting) {
        self.number = number
        motion = BoxMotion(sighting.box)
        mask = sighting.mask
        maskCentre = sighting.box.centre
        bestScore = sighting.score
        lastClass = sighting.classIndex
        lastScore = sighting.score
        votes.add(sighting.classIndex, score: sighting.score, after: 0)
    }

    mutating func predict(seconds: Double) {
        motion.predict(seconds: seconds, isUnseen: unseen > 0)
        unseenSeconds += seconds
        wasSeen = false
    }

    mutating func take(_ sighting: Sighting) {
        motion.correct(sighting.box)
        mask = sighting.mask
        maskCentre = sighting.box.centre
        votes.add(sighting.classIndex, score: sighting.score, after: unseenSeconds)
        bestScore = max(bestScore, sighting.score)
        lastClass = sighting.classIndex
        lastScore = sighting.score
        sightings += 1
        wasSeen = true
        unseen = 0
        unseenSeconds = 0
    }

    /// Takes the vote of a second sight of the same object.
    mutating func hear(_ duplicate: Track) {
        votes.add(duplicate.lastClass, score: duplicate.lastScore, after: 0)
    }

    /// Counts a frame in which it was not seen.
    mutating func finishFrame() {
        if !wasSeen { unseen += 1 } else { unseenSeconds = 0 }
    }

    /// How well a sighting fits, 0...1: three parts IoU of the masks, this one moved to where it should
    /// be by now, one part IoU of the boxes. Another class and a long time unseen count against it.
    func similarity(to sighting: Sighting, rowStep: Int, _ options: Tracker.Options) -> Double {
        let boxes = boxOverlap(sighting.box)
        guard boxes > 0 else { return 0 }
        let (centre, before) = (motion.centre, maskCentre)
        let masks = mask.intersectionOverUnion(
            with: sighting.mask, dx: Int((centre.x - before.x).rounded()),
            dy: Int(((centre.y - before.y) / Double(rowStep)).rounded()))
        var similarity = 0.75 * masks + 0.25 * boxes
        if votes.winner != sighting.classIndex {
            // A detector may change its mind from frame to frame; after a while it is another object.
            similarity -= options.classPenalty + min(0.5, unseenSeconds)
        }
        // An object that is known takes what could also be a second sight of it.
        if id == nil || isDuplicate { similarity *= 0.75 }
        return similarity * (1 - 0.3 * min(1, unseenSeconds / max(options.patience, 1e-3)))
    }

    /// IoU of the masks as they were seen last.
    func overlap(with other: Track) -> Double {
        mask.intersectionOverUnion(with: other.mask, dx: 0, dy: 0)
    }

    /// 0...1 by distance from the predicted place; 0 for anything that is too far away, of another class
    /// or of another size.
    func closeness(to sighting: Sighting) -> Double {
        guard votes.winner == sighting.classIndex else { return 0 }
        let box = sighting.box
        let size = Double(max(1, box.width) * max(1, box.height)).squareRoot()
        let ratio = max(size, motion.size) / max(1e-9, min(size, motion.size))
        guard ratio < 1.6 else { return 0 }
        let (centre, other) = (motion.centre, box.centre)
        let distance = hypot(centre.x - other.x, centre.y - other.y)
        let reach = max(size, motion.size) * (1 + min(1, unseenSeconds))
        return distance < reach ? 1 - distance / reach : 0
    }

    /// IoU of the predicted box with another.
    private func boxOverlap(_ box: PixelRectangle) -> Double {
        let (centre, sides) = (motion.centre, motion.sides)
        let width =
            min(centre.x + sides.width / 2, Double(box.x + box.width))
            - max(centre.x - sides.width / 2, Double(box.x))
        let height =
            min(centre.y + sides.height / 2, Double(box.y + box.height))
            - max(centre.y - sides.height / 2, Double(box.y))
        guard width > 0, height > 0 else { return 0 }
        let shared = width * height
        return shared / (sides.width * sides.height + Double(box.width * box.height) - shared)
    }
}

extension PixelRectangle {
    /// The middle, in pixels.
    var centre: (x: Double, y: Double) {
        (Double(x) + Double(width) / 2, Double(y) + Double(height) / 2)
    }
}
