import Foundation
import Model
import Testing

@testable import Pipeline

/// Accuracy against the truth, on generated tracks whose faults are known, and against a rendering of the
/// published formulas that shares no code with the library: sets of pixels, and all permutations.
@Suite struct TruthComparisonTests {
    private static let size = 40

    /// A mask of rows in a lane of its own, so that masks never overlap others' truth.
    private static func record(
        _ id: Int?, lane: Int, from: Int, to: Int, category: String = "a"
    ) throws -> InstanceRecord {
        let box = PixelRectangle(x: from, y: lane * 4, width: to - from, height: 4)
        let mask = InstanceMask(
            region: box, pixels: [UInt8](repeating: 1, count: box.width * box.height))
        return InstanceRecord(
            id: id, category: category, score: nil, box: box,
            segmentation: try RunLengthEncoding(mask, width: size, height: size))
    }

    private struct Scenario {
        var truth: [[InstanceRecord]] = []
        var shown: [[InstanceRecord]] = []
        var (misses, falsePositives, switches) = (0, 0, 0)
    }

    /// Objects in lanes; some frames miss one, some show something that is not there, and some identities
    /// change.
    private static func scenario(seed: UInt64) throws -> Scenario {
        var numbers = TestNumbers(seed: seed)
        var scenario = Scenario()
        let objects = 2 + numbers.next(below: 3)
        var identities = (0..<objects).map { 10 + $0 }
        var hasBeenSeen = [Bool](repeating: false, count: objects)
        var wasSwitched = [Bool](repeating: false, count: objects)
        for frame in 0..<25 {
            var (truth, shown): ([InstanceRecord], [InstanceRecord]) = ([], [])
            for object in 0..<objects {
                let category = object == 1 ? "b" : "a"
                let left = 2 + (frame + 3 * object) % 15
                truth.append(
                    try record(object, lane: object, from: left, to: left + 16, category: category))
                if numbers.next() < 0.1, identities[object] < 14 {
                    identities[object] += 1 + objects
                    wasSwitched[object] = hasBeenSeen[object] || wasSwitched[object]
                }
                if numbers.next() < 0.15 {
                    scenario.misses += 1
                    continue
                }
                if wasSwitched[object] { scenario.switches += 1 }
                wasSwitched[object] = false
                hasBeenSeen[object] = true
                // Off by up to 4 of 16 columns, so that more than half overlaps.
                let shift = numbers.next(below: 9) - 4
                shown.append(
                    try record(
                        identities[object], lane: object, from: left + shift, to: left + shift + 16,
                        category: category))
            }
            if numbers.next() < 0.3 {
                scenario.falsePositives += 1
                shown.append(try record(90, lane: 8, from: 0, to: 10))
            }
            scenario.truth.append(truth)
            scenario.shown.append(shown)
        }
        return scenario
    }

    // MARK: The independent rendering

    private static func pixels(_ record: InstanceRecord) -> Set<Int> {
        var pixels: Set<Int> = []
        let mask = record.segmentation.mask
        for y in 0..<size {
            for x in 0..<size where mask.contains(x, y) { pixels.insert(y * size + x) }
        }
        return pixels
    }

    private struct Rendering {
        var (truePositives, falsePositives, misses, switches) = (0, 0, 0, 0)
        var overlaps = 0.0
        var truths = 0
        var identityTruePositives = 0
    }

    private static func render(_ scenario: Scenario) -> Rendering {
        var result = Rendering()
        // c: the mask of the result that each mask of the truth belongs to, by frame and object.
        var matches: [[Int: Int]] = []
        var meetings: [[Int]: Int] = [:]
        for (truth, shown) in zip(scenario.truth, scenario.shown) {
            var frame: [Int: Int] = [:]
            var used = 0
            for real in truth {
                result.truths += 1
                for found in shown where found.category == real.category {
                    let (a, b) = (pixels(real), pixels(found))
                    let overlap = Double(a.intersection(b).count) / Double(a.union(b).count)
                    guard overlap > 0.5, let object = real.id, let identity = found.id else {
                        continue
                    }
                    frame[object] = identity
                    meetings[[object, identity], default: 0] += 1
                    result.overlaps += overlap
                    used += 1
                }
            }
            result.truePositives += used
            result.falsePositives += shown.count - used
            result.misses += truth.count - used
            // A switch: the latest frame before this one in which the object was found has another identity.
            for (object, identity) in frame {
                let latest = matches.reversed().lazy.compactMap { $0[object] }.first
                if let latest, latest != identity { result.switches += 1 }
            }
            matches.append(frame)
        }
        // All ways to give objects identities, each at most once.
        let objects = Array(Set(meetings.keys.map { $0[0] }))
        let identities = Array(Set(meetings.keys.map { $0[1] }))
        func best(_ index: Int, _ taken: Set<Int>) -> Int {
            guard index < objects.count else { return 0 }
            var value = best(index + 1, taken)
            for identity in identities where !taken.contains(identity) {
                guard let count = meetings[[objects[index], identity]] else { continue }
                value = max(value, count + best(index + 1, taken.union([identity])))
            }
            return value
        }
        result.identityTruePositives = best(0, [])
        return result
    }

    @Test(arguments: 1...12) func countsAreThoseThatWereMade(seed: Int) throws {
        let scenario = try Self.scenario(seed: UInt64(seed))
        let comparison = TruthComparison()
        for (truth, shown) in zip(scenario.truth, scenario.shown) {
            try comparison.add(shown: shown, truth: truth)
        }
        let accuracy = comparison.accuracy
        #expect(accuracy.falseNegatives == scenario.misses)
        #expect(accuracy.falsePositives == scenario.falsePositives)
        #expect(accuracy.identitySwitches == scenario.switches)

        let rendering = Self.render(scenario)
        #expect(accuracy.truths == rendering.truths)
        #expect(accuracy.truePositives == rendering.truePositives)
        #expect(accuracy.falsePositives == rendering.falsePositives)
        #expect(accuracy.falseNegatives == rendering.misses)
        #expect(accuracy.identitySwitches == rendering.switches)
        #expect(accuracy.identityTruePositives == rendering.identityTruePositives)
        #expect(abs(accuracy.softTruePositives - rendering.overlaps) < 1e-9)
        let truths = Double(rendering.truths)
        let wrong = Double(rendering.falsePositives + rendering.switches)
        #expect(accuracy.motsa == (Double(rendering.truePositives) - wrong) / truths)
        #expect(abs((accuracy.softMotsa ?? 0) - (rendering.overlaps - wrong) / truths) < 1e-12)
        let shown = scenario.shown.reduce(0) { $0 + $1.count }
        #expect(
            accuracy.identityScore == 2 * Double(rendering.identityTruePositives)
                / (truths + Double(shown)))
        let byClass = comparison.accuracyByClass
        #expect(byClass.map(\.category) == ["a", "b"])
        #expect(byClass.reduce(0) { $0 + $1.accuracy.truths } == rendering.truths)
    }

    @Test func somethingHappensInTheScenarios() throws {
        let scenarios = try (1...12).map { try Self.scenario(seed: UInt64($0)) }
        #expect(scenarios.reduce(0) { $0 + $1.switches } > 10)
        #expect(scenarios.reduce(0) { $0 + $1.misses } > 50)
        #expect(scenarios.reduce(0) { $0 + $1.falsePositives } > 50)
    }

    @Test func aPerfectResultIsPerfect() throws {
        let comparison = TruthComparison()
        for frame in 0..<10 {
            let record = try Self.record(4, lane: 1, from: frame, to: frame + 12)
            try comparison.add(shown: [record], truth: [record])
        }
        #expect(comparison.accuracy.motsa == 1)
        #expect(comparison.accuracy.softMotsa == 1)
        #expect(comparison.accuracy.motsp == 1)
        #expect(comparison.accuracy.identityScore == 1)
        let errors = comparison.trajectoryErrors
        #expect(errors.fragment == 0 && errors.centre == 0 && errors.scaleAndRatio == 0)
        #expect(errors.total == 0)
        #expect(TruthComparison().accuracy.motsa == nil)
        #expect(TruthComparison().trajectoryErrors.total == nil)
    }

    /// Boxes that are off to one side and the other by turns, wider in every second frame, and missing twice.
    @Test func trajectoryErrorsAreThoseOfThePaper() throws {
        let comparison = TruthComparison()
        let mask = try Self.record(1, lane: 2, from: 5, to: 25)
        for frame in 0..<20 {
            var shown = mask
            shown.box.x += frame % 2 == 0 ? 2 : -2
            var truth = mask
            truth.box = PixelRectangle(x: 5, y: 8, width: 20, height: 10)
            shown.box.y = 8
            shown.box.height = 10
            try comparison.add(shown: frame == 6 || frame == 13 ? [] : [shown], truth: [truth])
        }
        let errors = comparison.trajectoryErrors
        #expect(abs((errors.fragment ?? 0) - 4.0 / 19) < 1e-12)
        // Nine of each side are left: 2 of 20 columns either way.
        #expect(abs((errors.centre ?? 0) - 0.1) < 1e-12)
        #expect(abs(errors.scaleAndRatio ?? 1) < 1e-12)

        let scaled = TruthComparison()
        for frame in 0..<20 {
            var shown = mask
            shown.box = PixelRectangle(x: 5, y: 8, width: frame % 2 == 0 ? 20 : 5, height: 4)
            try scaled.add(shown: [shown], truth: [mask])
        }
        // Scale 1 or 1/2, ratio 1 or 1/4; the centre moves by 7.5 of 20 columns.
        #expect(abs((scaled.trajectoryErrors.scaleAndRatio ?? 0) - (0.25 + 0.375)) < 1e-12)
        #expect(abs((scaled.trajectoryErrors.centre ?? 0) - 0.1875) < 1e-12)
    }
}
