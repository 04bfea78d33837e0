import Foundation
import Model
import Testing

@testable import Pipeline

/// Every measure on rigs whose answers are known.
@Suite struct StabilityMeasureTests {
    /// The rectangle of a still rig.
    private let width = 60.0
    private let height = 40.0
    private let frames = 20

    private func isClose(_ a: Double?, _ b: Double?, within tolerance: Double = 1e-6) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) <= tolerance
    }

    // MARK: Motion that is compensated

    @Test(arguments: [SIMD2(3.0, 2.0), SIMD2(-5, 1), SIMD2(0, -4)])
    func aPanByWholePixelsIsConsistent(step: SIMD2<Double>) {
        let measures = StabilityRig.pan(step).figures(frames: 8).all
        #expect((measures.consistency ?? 0) > 0.9999)
        #expect((measures.shapeOverlap ?? 0) > 0.9999)
        #expect(isClose(measures.centreJitter, 0))
        #expect(isClose(measures.sizeJitter, 0))
        #expect(isClose(measures.aspectJitter, 0))
    }

    /// Masks have whole pixels, so that an edge may be off by half of one: at most half of the outline.
    @Test func whatTurnsGrowsAndGlidesIsConsistentWithinInterpolation() {
        let outline = 2 * (width + height)
        let least = 1 - 0.5 * outline / (width * height)
        for rig in [
            StabilityRig.pan(SIMD2(1.5, 0.75)), .zoom(1.02), .zoom(0.985), .turn(degrees: 2),
            .turn(degrees: -3),
        ] {
            let consistency = rig.figures(frames: 8).all.consistency ?? 0
            #expect(consistency > least)
        }
    }

    @Test func motionIsFoundToAQuarterOfAPixel() {
        let rig = StabilityRig.pan(SIMD2(6.25, -3.5))
        let field = BlockMatcher(
            current: PyramidPlanes(rig.luma(1)), reference: PyramidPlanes(rig.luma(0))
        ).field()
        // Blocks whose source lies inside the picture.
        var found = 0
        var count = 0
        for row in 1..<field.rows - 1 {
            for column in 1..<field.columns - 1 {
                count += 1
                let error = field[column, row] &- SIMD2<Int32>(-25, 14)
                if abs(error.x) <= 1 && abs(error.y) <= 1 { found += 1 }
            }
        }
        #expect(Double(found) > 0.97 * Double(count))
    }

    @Test func whatWasCoveredHasNoSource() {
        // A patch moves over a still scene: what it uncovers was not there before.
        func luma(_ frame: Int) -> LumaPlane {
            let (scene, patch) = (
                StabilityRig.still.luma(0), StabilityRig.turn(degrees: 90).luma(1)
            )
            var samples: [UInt8] = []
            let left = 40 + 16 * frame
            for y in 0..<StabilityRig.height {
                for x in 0..<StabilityRig.width {
                    let isPatch = (left..<left + 64).contains(x) && (40..<104).contains(y)
                    samples.append(isPatch ? patch.sample(x - left, y) : scene.sample(x, y))
                }
            }
            return LumaPlane(
                width: StabilityRig.width, height: StabilityRig.height, samples: samples)
        }
        let motion = FrameMotion(current: luma(1), previous: luma(0))
        func unknown(_ columns: Range<Int>) -> Double {
            var count = 0
            for y in 44..<100 {
                for x in columns where motion.sources[y * StabilityRig.width + x] < 0 { count += 1 }
            }
            return Double(count) / Double(56 * columns.count)
        }
        #expect(unknown(40..<56) > 0.8)
        #expect(unknown(70..<110) < 0.1)
        // Blocks are compared with what lies 4 pixels around them.
        #expect(unknown(4..<28) < 0.05)
    }

    // MARK: Faults that are injected

    /// What nothing was injected into.
    private var calm: StabilityMeasures {
        var calm = StabilityMeasures()
        calm.tracks = 1
        calm.masks = frames
        calm.consistency = 1
        calm.shapeOverlap = 1
        calm.staticFlicker = 0
        calm.partsPerMask = 1
        calm.specksPerMask = 0
        calm.centreJitter = 0
        calm.sizeJitter = 0
        calm.aspectJitter = 0
        calm.scoreDeviation = 0
        calm.classFlips = 0
        calm.fragmentation = 0
        return calm
    }

    private func expect(
        _ figures: StabilityFigures, _ expected: StabilityMeasures,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        func check(_ path: KeyPath<StabilityMeasures, Double?>, _ name: Comment) {
            #expect(
                isClose(figures.all[keyPath: path], expected[keyPath: path], within: 2e-6), name,
                sourceLocation: sourceLocation)
        }
        check(\.consistency, "consistency")
        check(\.shapeOverlap, "shape overlap")
        check(\.staticFlicker, "static flicker")
        check(\.partsPerMask, "parts a mask")
        check(\.specksPerMask, "specks a mask")
        check(\.centreJitter, "centre jitter")
        check(\.sizeJitter, "size jitter")
        check(\.aspectJitter, "aspect jitter")
        check(\.scoreDeviation, "score deviation")
        check(\.classFlips, "class flips")
        check(\.fragmentation, "fragmentation")
        for path in [\StabilityMeasures.tracks, \.masks, \.gaps, \.gapFrames, \.births, \.deaths] {
            #expect(
                figures.all[keyPath: path] == expected[keyPath: path],
                sourceLocation: sourceLocation)
        }
        #expect(figures.tracks.count == 1 && figures.tracks.first?.measures == figures.all)
    }

    @Test func aStillPictureIsCalm() {
        let figures = StabilityRig.still.figures(frames: frames)
        expect(figures, calm)
        let area = width * height / Double(StabilityRig.width * StabilityRig.height)
        #expect(isClose(figures.coverage.coverage, area))
        #expect(isClose(figures.coverage.agreement, 1))
        #expect(figures.coverage.instances == 1)
        #expect(figures.motion.occludedShare == 0)
    }

    @Test func boxJitterShowsInTheBoxes() {
        let figures = StabilityRig.still.figures(frames: frames) { frame, instance in
            var instance = instance
            instance.box.x += frame % 2
            return instance
        }
        var expected = calm
        expected.centreJitter = 2 / (width * height).squareRoot()
        // The earlier mask goes with its box, one column off.
        expected.shapeOverlap = (width - 1) / (width + 1)
        expect(figures, expected)
        #expect(isClose(figures.coverage.agreement, 1))
    }

    @Test func droppedFramesAreGaps() {
        let dropped = [5, 11, 12]
        let figures = StabilityRig.still.figures(frames: frames) { frame, instance in
            dropped.contains(frame) ? nil : instance
        }
        var expected = calm
        expected.masks = frames - 3
        expected.gaps = 2
        expected.gapFrames = 3
        expected.fragmentation = 2
        expect(figures, expected)
        #expect(isClose(figures.coverage.agreement, 17 / (17 + 1.5)))
        #expect(isClose(figures.coverage.instances, 17.0 / 20))
    }

    @Test func lateBirthsAndEarlyDeathsAreFragments() {
        let figures = StabilityRig.still.figures(frames: frames) { frame, instance in
            (3..<15).contains(frame) ? instance : nil
        }
        var expected = calm
        expected.masks = 12
        expected.births = 1
        expected.deaths = 1
        expected.fragmentation = 2
        expect(figures, expected)
    }

    @Test func classFlipsAreCounted() {
        let figures = StabilityRig.still.figures(frames: frames) { frame, instance in
            var instance = instance
            if frame == 7 || frame == 8 { instance.classIndex = 1 }
            return instance
        }
        var expected = calm
        expected.classFlips = 2 / 19.0
        expect(figures, expected)
        #expect(figures.classes.map(\.category) == ["one"])
    }

    @Test func scoresDeviate() {
        let figures = StabilityRig.still.figures(frames: frames) { frame, instance in
            var instance = instance
            instance.score = frame % 2 == 0 ? 0.75 : 0.5
            return instance
        }
        var expected = calm
        expected.scoreDeviation = 0.125
        expect(figures, expected)
    }

    /// Every second mask lacks a pixel all around.
    @Test func erosionFlickersInTheMasks() {
        let figures = StabilityRig.still.figures(frames: frames) { frame, instance in
            var instance = instance
            if frame % 2 == 1 { instance.mask = instance.mask.eroded }
            return instance
        }
        let kept = (width - 2) * (height - 2) / (width * height)
        var expected = calm
        expected.consistency = kept
        expected.shapeOverlap = kept
        expected.staticFlicker = 1 - kept
        expect(figures, expected)
        // Half of the masks overlap what was found by less.
        #expect(isClose(figures.coverage.agreement, (1 + kept) / 2))
    }

    /// The same on a moving picture: motion does not hide it.
    @Test func erosionFlickersInMotionToo() {
        let figures = StabilityRig.pan(SIMD2(3, 2)).figures(frames: 8) { frame, instance in
            var instance = instance
            if frame % 2 == 1 { instance.mask = instance.mask.eroded }
            return instance
        }
        let kept = (width - 2) * (height - 2) / (width * height)
        #expect(isClose(figures.all.consistency, kept, within: 1e-4))
        #expect(isClose(figures.all.shapeOverlap, kept, within: 1e-4))
        #expect(isClose(figures.all.centreJitter, 0))
    }

    /// What falls off a mask is counted, however little of its area it is.
    @Test func confettiShowsInTheParts() {
        let figures = StabilityRig.still.figures(frames: frames) { _, instance in
            var instance = instance
            for (x, y) in [(10, 10), (11, 10), (20, 10), (21, 11), (30, 10)] {
                instance.mask.pixels[y * StabilityRig.width + x] = 1
            }
            for x in 100..<105 { instance.mask.pixels[10 * StabilityRig.width + x] = 1 }
            return instance
        }
        // The mask, one part of two pixels, two that touch at a corner, one of one pixel, one of five.
        #expect(figures.all.partsPerMask == 6)
        #expect(figures.all.specksPerMask == 4)
        #expect(isClose(figures.all.consistency, 1))
    }

    @Test func worstMomentsAreTheWorst() {
        let recorder = StabilityRecorder(classNames: ["one"])
        let rig = StabilityRig.still
        for frame in 0..<60 {
            var shown = rig.instance(frame)
            if frame == 20 { shown.mask = shown.mask.eroded }
            if frame == 45 { shown.mask = shown.mask.eroded.eroded.eroded }
            recorder.add(
                [shown], untouched: [], frame: frame, time: Double(frame),
                motion: frame > 0 ? rig.motion(frame) : nil, width: StabilityRig.width,
                height: StabilityRig.height)
        }
        let worst = recorder.moments.worst
        #expect(worst.map(\.frame) == [45, 20] || worst.map(\.frame).starts(with: [45, 20]))
        #expect(worst[0].before.area == 2400)
        #expect(worst[0].warped.area == 2400)
        #expect(worst[0].now.area == 54 * 34)
    }
}
