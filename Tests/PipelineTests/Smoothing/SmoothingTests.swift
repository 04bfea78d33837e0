import Foundation
import Testing
import VideoIO

@testable import Model
@testable import Pipeline

/// What smoothing does to tracks that are known exactly.
@Suite struct SmoothingTests {
    private static let (width, height, side) = (320, 240, 64)

    /// A soft disc in fractions of the picture, with its box.
    private static func disc(
        x: Double, y: Double, radius: Double = 0.15, boxShift: Double = 0, score: Float = 0.9
    ) -> Instance {
        let box = RelativeBox(
            x1: Float(x - radius + boxShift), y1: Float(y - radius),
            x2: Float(x + radius + boxShift), y2: Float(y + radius))
        var values: [Float] = []
        for row in 0..<side {
            for column in 0..<side {
                let dx = (Double(column) + 0.5) / Double(side) - x
                let dy = (Double(row) + 0.5) / Double(side) - y
                let distance = (dx * dx + dy * dy).squareRoot() - radius
                values.append(Float(1 / (1 + exp(distance * 120))))
            }
        }
        let soft = SoftMask(side: side, columns: 0..<side, rows: 0..<side, values: values)
        return Instance(
            classIndex: 0, score: score, box: box.pixels(width: width, height: height),
            mask: SoftMaskRenderer().render(soft, width: width, height: height),
            soft: SoftInstance(box: box, mask: soft))
    }

    private static func tracked(_ instance: Instance) -> TrackedInstance {
        TrackedInstance(instance: instance, track: 1, sightings: 2, detectedClass: 0)
    }

    private static let allStatic = [UInt8](repeating: 1, count: width * height)

    /// Runs one track through a smoother, 30 frames a second.
    private static func smooth(
        _ instances: [Instance], _ strength: SmoothingStrength, isStatic: [UInt8] = []
    ) throws -> (shown: [Instance], lag: SmoothingLag) {
        let smoother = TrackSmoother(try #require(SmoothingOptions(strength)))
        let shown = instances.enumerated().map { index, instance in
            smoother.update(
                [tracked(instance)], time: Double(index) / 30, width: width, height: height,
                isStatic: isStatic)[0].instance
        }
        return (shown, smoother.lag)
    }

    private static func centroid(_ mask: InstanceMask) -> (x: Double, y: Double) {
        var (x, y, count) = (0.0, 0.0, 0.0)
        for row in 0..<mask.region.height {
            for column in 0..<mask.region.width
            where mask.pixels[row * mask.region.width + column] != 0 {
                x += Double(mask.region.x + column) + 0.5
                y += Double(mask.region.y + row) + 0.5
                count += 1
            }
        }
        return (x / count, y / count)
    }

    /// Mean absolute second difference.
    private static func bend(_ values: [Double]) -> Double {
        let bends = values.indices.dropFirst(2).map {
            abs(values[$0] - 2 * values[$0 - 1] + values[$0 - 2])
        }
        return bends.reduce(0, +) / Double(bends.count)
    }

    @Test(arguments: [SmoothingStrength.light, .strong])
    func aSteadyObjectStaysAsItIs(strength: SmoothingStrength) throws {
        let instance = Self.disc(x: 0.4, y: 0.5)
        let (shown, _) = try Self.smooth(
            Array(repeating: instance, count: 12), strength, isStatic: Self.allStatic)
        for other in shown {
            #expect(other.mask == instance.mask)
            #expect(other.box == instance.box)
            #expect(abs(other.score - instance.score) < 1e-6)
        }
    }

    @Test(arguments: [SmoothingStrength.light, .strong])
    func atAConstantVelocityNothingLags(strength: SmoothingStrength) throws {
        let instances = (0..<40).map { Self.disc(x: 0.2 + 0.012 * Double($0), y: 0.5) }
        let (shown, lag) = try Self.smooth(instances, strength)
        for index in 25..<40 {
            let (x, y) = Self.centroid(shown[index].mask)
            let (trueX, trueY) = Self.centroid(instances[index].mask)
            // 3.84 pixels a frame: less than a quarter of a frame.
            #expect(abs(x - trueX) < 0.96 && abs(y - trueY) < 0.5)
            #expect(abs(shown[index].box.centre.x - instances[index].box.centre.x) < 1.5)
        }
        #expect((lag.maximum ?? 9) <= (SmoothingOptions(strength)?.largestLag ?? 0) + 1e-9)
    }

    @Test func lagsAreBoundedAsSaid() throws {
        let light = try #require(SmoothingOptions(.light))
        #expect(abs(light.largestLag - 0.7) < 1e-9)
        #expect(light.largestLag < 1)
        let strong = try #require(SmoothingOptions(.strong))
        #expect(abs(strong.largestLag - 1.5) < 1e-9)
        #expect(SmoothingOptions(.off) == nil)
        // What appears at once is shown entirely within as many frames as there are weights.
        let before = Self.disc(x: 0.5, y: 0.5, radius: 0.1)
        let after = Self.disc(x: 0.5, y: 0.5, radius: 0.2)
        let (shown, _) = try Self.smooth(
            Array(repeating: before, count: 10) + Array(repeating: after, count: 30), .light)
        #expect(shown[9].mask.area == before.mask.area)
        #expect(shown[39].mask == after.mask)
        #expect(Double(shown[12].mask.area) > 0.95 * Double(after.mask.area))
    }

    /// Whichever frames of the past are missing or do not fit, the rest does not make a mask older.
    @Test func gapsDoNotRaiseTheLag() throws {
        let options = try #require(SmoothingOptions(.strong))
        let smoother = TrackSmoother(options)
        var numbers = TestNumbers(seed: 7)
        for frame in 0..<200 {
            let isSeen = numbers.next() < 0.6
            let radius = 0.12 + 0.05 * numbers.next()
            _ = smoother.update(
                isSeen ? [Self.tracked(Self.disc(x: 0.5, y: 0.5, radius: radius))] : [],
                time: Double(frame) / 30, width: Self.width, height: Self.height)
        }
        #expect(smoother.lag.masks > 80)
        let maximum = try #require(smoother.lag.maximum)
        #expect(maximum > 1)
        #expect(maximum <= options.largestLag + 1e-9)
    }

    @Test func boxJitterIsMoreThanHalved() throws {
        var numbers = TestNumbers(seed: 5)
        let instances = (0..<120).map { frame in
            Self.disc(
                x: 0.2 + 0.004 * Double(frame), y: 0.5, boxShift: 0.02 * (numbers.next() - 0.5))
        }
        let raw = Self.bend(instances.map { $0.box.centre.x })
        let light = Self.bend(try Self.smooth(instances, .light).shown.map { $0.box.centre.x })
        let strong = Self.bend(try Self.smooth(instances, .strong).shown.map { $0.box.centre.x })
        #expect(light < 0.5 * raw)
        #expect(strong < light)
    }

    /// A mask that pulses at its edge, on a picture that stands still.
    @Test func staticFlickerIsMoreThanHalved() throws {
        var numbers = TestNumbers(seed: 6)
        let instances = (0..<80).map { _ in
            Self.disc(x: 0.5, y: 0.5, radius: 0.15 + 0.012 * (numbers.next() - 0.5))
        }
        func flips(_ shown: [Instance]) -> Int {
            zip(shown, shown.dropFirst()).reduce(0) { sum, pair in
                let one = FlatMask(pair.0.mask, width: Self.width, height: Self.height)
                let two = FlatMask(pair.1.mask, width: Self.width, height: Self.height)
                return sum + zip(one.pixels, two.pixels).count { $0 != $1 }
            }
        }
        let raw = flips(instances)
        #expect(raw > 1000)
        let light = flips(
            try Self.smooth(instances, .light, isStatic: Self.allStatic).shown)
        #expect(Double(light) < 0.5 * Double(raw))
        let strong = flips(
            try Self.smooth(instances, .strong, isStatic: Self.allStatic).shown)
        #expect(strong <= light)
        // Without knowing what stands still, averaging alone does a part of it.
        #expect(flips(try Self.smooth(instances, .light).shown) < raw)
    }

    /// A mask whose outline creeps over a picture in which a pixel here and there counts as still: what is
    /// held comes to a shifted outline, never to specks or pinholes.
    @Test(arguments: [SmoothingStrength.light, .strong])
    func heldPixelsLeaveNoSpecks(strength: SmoothingStrength) throws {
        var numbers = TestNumbers(seed: 12)
        let smoother = TrackSmoother(try #require(SmoothingOptions(strength)))
        var heldPixels = 0
        for frame in 0..<60 {
            let radius = 0.14 + 0.02 * sin(Double(frame) / 3)
            let instance = Self.disc(x: 0.3 + 0.002 * Double(frame), y: 0.5, radius: radius)
            let isStatic = (0..<Self.width * Self.height).map { _ in
                UInt8(numbers.next() < 0.5 ? 1 : 0)
            }
            let shown = smoother.update(
                [Self.tracked(instance)], time: Double(frame) / 30, width: Self.width,
                height: Self.height, isStatic: isStatic)[0].instance.mask
            #expect(MaskParts(shown).count == 1)
            #expect(MaskParts(Self.inverse(shown)).count == 1)
            heldPixels += zip(shown.pixels, instance.mask.pixels).count { $0 != $1 }
        }
        // Something was held at all.
        #expect(heldPixels > 1000)
    }

    /// What is not set of the picture.
    private static func inverse(_ mask: InstanceMask) -> InstanceMask {
        let flat = FlatMask(mask, width: width, height: height)
        return InstanceMask(
            region: PixelRectangle(x: 0, y: 0, width: width, height: height),
            pixels: flat.pixels.map { 1 - $0 })
    }

    @Test func fastMotionAndCutsForgetThePast() throws {
        // More than a third of its size in a frame, and then somewhere else.
        let jump = [
            Self.disc(x: 0.3, y: 0.5), Self.disc(x: 0.3, y: 0.5), Self.disc(x: 0.6, y: 0.5),
        ]
        let (shown, lag) = try Self.smooth(jump, .strong)
        #expect((lag.maximum ?? 9) < 0.6)
        #expect(shown[2].mask == jump[2].mask)

        let smoother = TrackSmoother(try #require(SmoothingOptions(.strong)))
        let (small, large) = (
            Self.disc(x: 0.5, y: 0.5, radius: 0.15), Self.disc(x: 0.5, y: 0.5, radius: 0.16)
        )
        for index in 0..<8 {
            _ = smoother.update(
                [Self.tracked(small)], time: Double(index) / 30, width: Self.width,
                height: Self.height, isStatic: Self.allStatic)
        }
        smoother.reset()
        let first = smoother.update(
            [Self.tracked(large)], time: 8.0 / 30, width: Self.width, height: Self.height,
            isStatic: Self.allStatic)
        #expect(first[0].instance.mask == large.mask)
        #expect(first[0].instance.box == large.box)
        // The same after a time that is too long for memory.
        let late = smoother.update(
            [Self.tracked(small)], time: 60, width: Self.width, height: Self.height)
        #expect(late[0].instance.mask == small.mask)
    }

    @Test func theLagOfNothingIsUnknown() {
        #expect(SmoothingLag().mean == nil && SmoothingLag().maximum == nil)
    }

    @Test func whatHasNoSoftMaskPasses() throws {
        var instance = Self.disc(x: 0.5, y: 0.5)
        instance.soft = nil
        let smoother = TrackSmoother(try #require(SmoothingOptions(.light)))
        let tracked = Self.tracked(instance)
        #expect(
            smoother.update([tracked], time: 0, width: Self.width, height: Self.height)
                == [tracked])
    }

    /// At the picture's border a box tells by one edge only how the object moves.
    @Test func cutBoxesAlignByTheFreeEdge() {
        func box(_ x1: Float, _ x2: Float) -> SmoothedBox {
            SmoothedBox(RelativeBox(x1: x1, y1: 0.3, x2: x2, y2: 0.6))
        }
        let free = BoxAlignment(from: box(0.3, 0.5), to: box(0.2, 0.3))
        #expect(abs(free.scale.x - 0.5) < 1e-6)
        #expect(abs(0.4 * free.scale.x + free.offset.x - 0.25) < 1e-6)
        let left = BoxAlignment(from: box(0, 0.3), to: box(0, 0.25))
        #expect(abs(left.scale.x - 1) < 1e-6 && abs(left.offset.x + 0.05) < 1e-6)
        let right = BoxAlignment(from: box(0.8, 1), to: box(0.7, 1))
        #expect(abs(right.scale.x - 1) < 1e-6 && abs(right.offset.x + 0.1) < 1e-6)
        let both = BoxAlignment(from: box(0, 1), to: box(0, 1))
        #expect(both.scale.x == 1 && both.offset.x == 0)
    }

    @Test func staticPixelsAreThoseThatStay() throws {
        var pixels = StaticPixels()
        func frame(_ value: UInt8) throws -> VideoFrame {
            let frame = try VideoFrame(width: 8, height: 6, format: .yuv420p)
            try frame.withMutablePlanes { planes in
                for y in 0..<6 {
                    for x in 0..<8 {
                        planes[0].bytes[y * planes[0].bytesPerRow + x] = x < 4 ? 100 : value
                    }
                }
            }
            return frame
        }
        #expect(pixels.next(try frame(50)).isEmpty)
        #expect(pixels.next(try frame(53)) == [UInt8](repeating: 1, count: 48))
        let half = (0..<48).map { UInt8($0 % 8 < 4 ? 1 : 0) }
        #expect(pixels.next(try frame(57)) == half)
    }

    @Test func scenesAreCutWhereThePictureIsAnother() throws {
        func frame(_ value: (Int, Int) -> Double) throws -> VideoFrame {
            let frame = try VideoFrame(width: 128, height: 96, format: .yuv420p)
            try frame.withMutablePlanes { planes in
                for y in 0..<96 {
                    for x in 0..<128 {
                        planes[0].bytes[y * planes[0].bytesPerRow + x] = UInt8(
                            min(max(value(x, y), 0), 255))
                    }
                }
            }
            return frame
        }
        func scene(_ x: Int, _ y: Int) -> Double { 110 + 60 * sin(Double(x) / 15) }
        func other(_ x: Int, _ y: Int) -> Double { 120 + 70 * cos(Double(y) / 11) }
        var cuts = SceneCutDetector()
        #expect(cuts.isCut(try frame(scene)) == false)
        // Moves, brightens, flashes.
        #expect(cuts.isCut(try frame { scene($0 + 3, $1) }) == false)
        #expect(cuts.isCut(try frame { scene($0 + 3, $1) + 60 }) == false)
        #expect(cuts.isCut(try frame(other)))
        #expect(cuts.isCut(try frame(other)) == false)
        #expect(cuts.isCut(try frame(scene)))
    }
}
