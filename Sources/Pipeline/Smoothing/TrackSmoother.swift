import Model

/// Calms masks, boxes and scores along their tracks.
///
/// A mask becomes a weighted mean of the soft masks of this frame and a few before it, which are moved and
/// scaled as the track's box has moved and grown. No recursion: what is older than the weights has no
/// influence, so the lag has a bound. Earlier masks that do not fit the present one are left out, fast motion
/// and changes of scene leave out all. Then comes the threshold; where the picture did not change, pixels
/// stay what they were unless the mean is clearly on the other side. That moves the outline; it makes no
/// part of a mask and no hole that the mean has not.
///
/// Instances need `Instance.soft`; others pass as they are. Not thread-safe.
public final class TrackSmoother {
    /// How much is smoothed.
    public let options: SmoothingOptions
    /// How old what was shown is.
    public private(set) var lag = SmoothingLag()

    private var states: [Int: TrackState] = [:]
    private var frame = 0
    private var isStatic: [UInt8] = []
    private let renderer = SoftMaskRenderer()
    private var warp = SoftMaskWarp()
    private var warped: [Float] = []
    private var mean: [Float] = []
    private var present: [Float] = []

    /// Creates a smoother without past.
    public init(_ options: SmoothingOptions) { self.options = options }

    /// Forgets the past, as at a change of scene.
    public func reset() { states.removeAll(keepingCapacity: true) }

    /// Goes on by a frame.
    ///
    /// - Parameters:
    ///   - instances: The instances of the frame with their tracks.
    ///   - time: When it was shown, in seconds.
    ///   - width: Columns of the picture.
    ///   - height: Rows of the picture.
    ///   - isStatic: For each pixel, row by row, 1 where the picture is as it was in the frame before, else
    ///     0; empty where that is unknown.
    /// - Returns: The instances in the same order, smoothed.
    public func update(
        _ instances: [TrackedInstance], time: Double, width: Int, height: Int,
        isStatic: [UInt8] = []
    ) -> [TrackedInstance] {
        precondition(isStatic.isEmpty || isStatic.count == width * height)
        frame += 1
        self.isStatic = isStatic
        defer { self.isStatic = [] }
        let smoothed = instances.map { tracked -> TrackedInstance in
            guard let soft = tracked.instance.soft else { return tracked }
            var result = tracked
            var state = states[tracked.track] ?? TrackState(soft, tracked.instance, frame, time)
            let isOld = time - state.time > options.memory || time < state.time
            if isOld { state = TrackState(soft, tracked.instance, frame, time) }
            smooth(&result.instance, soft, &state, width: width, height: height)
            state.time = time
            states[tracked.track] = state
            return result
        }
        for (track, state) in states where time - state.time > options.memory {
            states[track] = nil
        }
        return smoothed
    }

    private func smooth(
        _ instance: inout Instance, _ soft: SoftInstance, _ state: inout TrackState, width: Int,
        height: Int
    ) {
        let frames = frame - state.frame
        let before = state.box
        if frames > 0 {
            state.box.update(soft.box, frames: frames, options)
            let share = Float(options.scoreGain)
            state.score += share * (instance.score - state.score)
            if isFast(from: before, to: state.box, frames: frames) { state.forget() }
        }
        state.frame = frame
        if instance.boxScore == instance.score { instance.boxScore = state.score }
        instance.score = state.score
        instance.box = state.roundedBox(width: width, height: height)

        let mask = combined(soft.mask, state)
        var hold: MaskHold?
        if let shown = state.shown, frames == 1, !isStatic.isEmpty {
            hold = MaskHold(mask: shown, margin: options.staticMargin, isStatic: isStatic)
        }
        instance.mask = renderer.render(mask, width: width, height: height, hold: hold)
        state.shown = instance.mask
        state.remember(soft.mask, frame, limit: options.maskWeights.count - 1)
    }

    /// Whether a box moved by more than a third of its size in a frame.
    private func isFast(from before: SmoothedBox, to now: SmoothedBox, frames: Int) -> Bool {
        let moved = (now.centre - before.centre) / max(1, Double(frames))
        let parts = moved / before.sides
        return max(abs(parts.x), abs(parts.y)) > 1.0 / 3
    }

    /// The weighted mean of the mask and the earlier ones that fit it.
    private func combined(_ mask: SoftMask, _ state: TrackState) -> SoftMask {
        guard !state.history.isEmpty, !mask.values.isEmpty else {
            lag.note(0)
            return mask
        }
        let (columns, rows) = (mask.columns, mask.rows)
        present = mask.values
        mean.refill(with: 0, count: present.count)
        let newest = options.maskWeights[0]
        var (earlier, ages) = (0.0, 0.0)
        for entry in state.history {
            let age = frame - entry.frame
            guard age < options.maskWeights.count else { continue }
            let alignment = BoxAlignment(from: state.box, to: entry.box)
            warp.resample(entry.mask, alignment, columns: columns, rows: rows, into: &warped)
            let weight = options.maskWeights[age] * fit()
            guard weight > 0 else { continue }
            earlier += weight
            ages += weight * Double(age)
            let share = Float(weight)
            for index in mean.indices { mean[index] += share * warped[index] }
        }
        // Where the youngest of them are missing, the others count less, so that the bound holds.
        let limit = options.largestLag
        let excess = ages - limit * (newest + earlier)
        let kept = excess > 0 ? limit * newest / (ages - limit * earlier) : 1
        let total = newest + kept * earlier
        lag.note(kept * ages / total)
        let (old, new) = (Float(kept / total), Float(newest / total))
        for index in mean.indices { mean[index] = old * mean[index] + new * present[index] }
        return SoftMask(side: mask.side, columns: columns, rows: rows, values: mean)
    }

    /// How much an earlier mask counts, by its overlap with the present one: sum of the smaller values over
    /// sum of the larger. Not below 0.5, fully from 0.75 on.
    private func fit() -> Double {
        var (smaller, larger) = (Float(0), Float(0))
        for (a, b) in zip(present, warped) {
            smaller += min(a, b)
            larger += max(a, b)
        }
        guard larger > 0 else { return 1 }
        return Double(min(max((smaller / larger - 0.5) * 4, 0), 1))
    }
}

/// What is known of a track's past.
private struct TrackState {
    struct Entry {
        var mask: SoftMask
        var box: SmoothedBox
        var frame: Int
    }

    var box: SmoothedBox
    var score: Float
    var frame: Int
    var time: Double
    /// The masks of the last frames, the newest first.
    var history: [Entry] = []
    /// The mask as it was shown last.
    var shown: InstanceMask?
    private var edges: SIMD4<Int>?

    /// The distance beyond its pixel that an edge has to move before it is shown to.
    private static let edgeMargin: Float = 0.3

    init(_ soft: SoftInstance, _ instance: Instance, _ frame: Int, _ time: Double) {
        box = SmoothedBox(soft.box)
        score = instance.score
        self.frame = frame
        self.time = time
    }

    mutating func forget() {
        history.removeAll(keepingCapacity: true)
        shown = nil
    }

    mutating func remember(_ mask: SoftMask, _ frame: Int, limit: Int) {
        history.insert(Entry(mask: mask, box: box, frame: frame), at: 0)
        if history.count > limit { history.removeLast(history.count - limit) }
    }

    /// The box in whole pixels; edges that hardly moved stay where they were.
    mutating func roundedBox(width: Int, height: Int) -> PixelRectangle {
        let relative = box.box
        let size = SIMD4<Float>(Float(width), Float(height), Float(width), Float(height))
        let exact =
            (SIMD4(relative.x1, relative.y1, relative.x2, relative.y2) * size)
            .clamped(lowerBound: .zero, upperBound: size)
        var rounded = SIMD4<Int>(clamping: SIMD4<Int32>(exact))
        if let edges {
            for index in 0..<4 {
                let middle = Float(edges[index]) + 0.5
                if abs(exact[index] - middle) < 0.5 + Self.edgeMargin {
                    rounded[index] = edges[index]
                }
            }
        }
        edges = rounded
        return PixelRectangle(
            x: rounded.x, y: rounded.y, width: max(0, rounded.z - rounded.x),
            height: max(0, rounded.w - rounded.y))
    }
}
