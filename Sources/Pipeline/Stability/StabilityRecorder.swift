public import Model

/// Follows what is shown of a video, frame by frame, and measures how steady it is.
///
/// Instances without an id count for coverage and agreement, but make no track. Not thread-safe.
public final class StabilityRecorder {
    /// Names of the classes, by index.
    public let classNames: [String]

    var samples: [Int: [TrackSample]] = [:]
    private(set) var frames: [StabilityFrame] = []
    private(set) var moments = StabilityMoments()
    private var previous: [Int: (mask: FlatMask, instance: Instance, frame: Int)] = [:]
    private var coverage = RunningMean()
    private var instances = RunningMean()
    private var agreement = AgreementSums()
    private var decoderShare = RunningMean()
    private var occludedShare = RunningMean()

    /// Creates a recorder of nothing.
    public init(classNames: [String]) { self.classNames = classNames }

    /// Takes what is shown in the next frame.
    ///
    /// - Parameters:
    ///   - shown: The instances as they are shown.
    ///   - untouched: What the network found in the frame; what is shown has to agree with it.
    ///   - frame: Number of the frame; they have to rise.
    ///   - time: When it is shown, in seconds.
    ///   - motion: From the frame before; nil for the first, after a change of scene or of size, which makes
    ///     masks incomparable.
    ///   - width: Columns of the picture.
    ///   - height: Rows of the picture.
    public func add(
        _ shown: [Instance], untouched: [Instance], frame: Int, time: Double, motion: FrameMotion?,
        width: Int, height: Int
    ) {
        var current: [Int: (mask: FlatMask, instance: Instance, frame: Int)] = [:]
        var summary = StabilityFrame(frame: frame, time: time)
        var covered = [UInt8](repeating: 0, count: width * height)
        for instance in shown {
            let mask = FlatMask(instance.mask, width: width, height: height)
            for y in mask.rows {
                for x in mask.columns { covered[y * width + x] |= mask.pixels[y * width + x] }
            }
            guard let id = instance.id, current[id] == nil else { continue }
            current[id] = (mask, instance, frame)
            var sample = TrackSample(instance, mask, frame: frame, width: width, height: height)
            if let motion, let before = previous[id], before.frame + 1 == frame {
                let change = MaskChange(
                    now: (mask, instance.box), before: (before.mask, before.instance.box),
                    motion: motion)
                sample.change = change
                summary.note(change)
                moments.consider(
                    change, id: id, frame: frame, time: time,
                    masks: (before.instance.mask, instance.mask), motion,
                    name: classNames.name(ofClass: instance.classIndex))
            }
            samples[id, default: []].append(sample)
            if let jitter = BoxJitter(samples[id] ?? [], at: (samples[id]?.count ?? 0) - 1) {
                summary.centreJitter.add(jitter.centre)
            }
        }
        previous = current
        let share = Double(covered.reduce(0) { $0 + Int($1) }) / Double(max(1, width * height))
        coverage.add(share)
        instances.add(Double(shown.count))
        summary.coverage = share
        agreement.add(shown, untouched)
        if let motion {
            decoderShare.add(motion.decoderShare)
            occludedShare.add(motion.occludedShare)
        }
        frames.append(summary)
    }

    /// What has been measured so far.
    public var figures: StabilityFigures {
        let range = (frames.first?.frame ?? 0)...(frames.last?.frame ?? 0)
        var whole = StabilitySums()
        var byClass: [Int: StabilitySums] = [:]
        var tracks: [StabilityFigures.Track] = []
        for (id, list) in samples.sorted(by: { $0.key < $1.key }) {
            let classIndex = Self.mostFrequentClass(list)
            whole.add(list, frames: range)
            byClass[classIndex, default: StabilitySums()].add(list, frames: range)
            var single = StabilitySums()
            single.add(list, frames: range)
            tracks.append(
                .init(
                    id: id, category: classNames.name(ofClass: classIndex),
                    firstFrame: list.first?.frame ?? 0, lastFrame: list.last?.frame ?? 0,
                    measures: single.result))
        }
        return StabilityFigures(
            frames: frames.count, all: whole.result,
            classes: byClass.sorted { $0.key < $1.key }.map {
                .init(category: classNames.name(ofClass: $0.key), measures: $0.value.result)
            },
            tracks: tracks,
            coverage: .init(
                coverage: coverage.mean ?? 0, instances: instances.mean ?? 0,
                agreement: agreement.quality),
            motion: .init(
                decoderShare: decoderShare.mean, occludedShare: occludedShare.mean))
    }

    private static func mostFrequentClass(_ samples: [TrackSample]) -> Int {
        var counts: [Int: Int] = [:]
        for sample in samples { counts[sample.classIndex, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
    }
}

extension TrackSample {
    init(_ instance: Instance, _ mask: FlatMask, frame: Int, width: Int, height: Int) {
        let box = instance.box
        self.init(
            frame: frame, centre: SIMD2(box.centre.x, box.centre.y),
            sides: SIMD2(Double(max(1, box.width)), Double(max(1, box.height))),
            score: Double(instance.score), classIndex: instance.classIndex,
            touchesBorder: box.x <= 1 || box.y <= 1 || box.x + box.width >= width - 1
                || box.y + box.height >= height - 1,
            area: mask.area, parts: MaskParts(instance.mask), change: nil)
    }
}

/// What is shown over time.
struct StabilityFrame: Sendable {
    var frame: Int
    var time: Double
    var consistency = RunningMean()
    var centreJitter = RunningMean()
    var staticPixels = 0
    var staticFlips = 0
    var coverage = 0.0

    init(frame: Int, time: Double) {
        self.frame = frame
        self.time = time
    }

    mutating func note(_ change: MaskChange) {
        if let value = change.consistency { consistency.add(value) }
        staticPixels += change.staticPixels
        staticFlips += change.staticFlips
    }
}
