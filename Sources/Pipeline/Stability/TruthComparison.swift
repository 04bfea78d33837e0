import Model

/// Compares what is shown of a video with the truth, frame by frame. Instances without an id are no part of it.
///
/// In a frame masks of the same class may be paired that overlap by more than 0.5, so that the sum of overlaps
/// is the largest possible; where masks do not overlap one another, as MOTS demands, that is the only pairing
/// there is. Not thread-safe.
public final class TruthComparison {
    private var byClass: [String: TrackingAccuracy] = [:]
    /// The identity that a true object had last.
    private var lastIdentity: [Int: Int] = [:]
    /// Frames in which an identity was on a true object, by class.
    private var meetings: [String: [Int: [Int: Int]]] = [:]
    private var trajectories: [Int: [TrajectoryPoint]] = [:]
    private var assignment = LinearAssignment()

    /// Creates a comparison of nothing.
    public init() {}

    /// Takes the next frame.
    ///
    /// - Parameters:
    ///   - shown: What is shown, with boxes, masks and ids.
    ///   - truth: What is there. Records without an id are not tracked, but count.
    /// - Throws: ``RunLengthError`` where masks belong to pictures of different size.
    public func add(shown: [InstanceRecord], truth: [InstanceRecord]) throws(RunLengthError) {
        let shown = shown.filter { $0.id != nil }
        var gains = [Double](repeating: 0, count: truth.count * shown.count)
        for (row, real) in truth.enumerated() {
            for (column, found) in shown.enumerated() where real.category == found.category {
                let overlap = try real.segmentation.intersectionOverUnion(with: found.segmentation)
                if overlap > 0.5 { gains[row * shown.count + column] = overlap }
            }
        }
        let pairs = assignment.solve(gains: gains, rows: truth.count, columns: shown.count)
        var isPaired = [Bool](repeating: false, count: shown.count)
        for (row, real) in truth.enumerated() {
            byClass[real.category, default: .init()].truths += 1
            guard let column = pairs[row], let identity = shown[column].id else {
                byClass[real.category, default: .init()].falseNegatives += 1
                note(real, found: nil)
                continue
            }
            isPaired[column] = true
            byClass[real.category, default: .init()].truePositives += 1
            byClass[real.category, default: .init()].softTruePositives +=
                gains[row * shown.count + column]
            note(real, found: shown[column])
            guard let object = real.id else { continue }
            if let last = lastIdentity[object], last != identity {
                byClass[real.category, default: .init()].identitySwitches += 1
            }
            lastIdentity[object] = identity
            meetings[real.category, default: [:]][object, default: [:]][identity, default: 0] += 1
        }
        for (column, found) in shown.enumerated() where !isPaired[column] {
            byClass[found.category, default: .init()].falsePositives += 1
        }
    }

    private func note(_ truth: InstanceRecord, found: InstanceRecord?) {
        guard let id = truth.id else { return }
        trajectories[id, default: []].append(TrajectoryPoint(truth.box, found?.box))
    }

    /// The accuracy of all classes together: the sums of their counts.
    public var accuracy: TrackingAccuracy {
        var all = TrackingAccuracy()
        for (_, one) in accuracyByClass {
            all.truths += one.truths
            all.truePositives += one.truePositives
            all.falsePositives += one.falsePositives
            all.falseNegatives += one.falseNegatives
            all.identitySwitches += one.identitySwitches
            all.softTruePositives += one.softTruePositives
            all.identityTruePositives += one.identityTruePositives
        }
        return all
    }

    /// The accuracy of each class, by name.
    public var accuracyByClass: [(category: String, accuracy: TrackingAccuracy)] {
        byClass.sorted { $0.key < $1.key }.map { category, counts in
            var counts = counts
            counts.identityTruePositives = explained(meetings[category] ?? [:])
            return (category, counts)
        }
    }

    /// Frames that the best pairing of true objects with identities explains.
    private func explained(_ meetings: [Int: [Int: Int]]) -> Int {
        let objects = meetings.keys.sorted()
        let identities = Set(meetings.values.flatMap(\.keys)).sorted()
        var gains: [Double] = []
        for object in objects {
            for identity in identities { gains.append(Double(meetings[object]?[identity] ?? 0)) }
        }
        var solver = LinearAssignment()
        let pairs = solver.solve(gains: gains, rows: objects.count, columns: identities.count)
        return pairs.enumerated().reduce(0) { sum, pair in
            sum + Int(pair.element.map { gains[pair.offset * identities.count + $0] } ?? 0)
        }
    }

    /// The errors of boxes along the tracks of the truth.
    public var trajectoryErrors: TrajectoryErrors { TrajectoryErrors(Array(trajectories.values)) }
}

/// A true box and the one that was found for it.
struct TrajectoryPoint {
    let truth: PixelRectangle
    let found: PixelRectangle?

    init(_ truth: PixelRectangle, _ found: PixelRectangle?) {
        self.truth = truth
        self.found = found
    }
}

extension TrajectoryErrors {
    init(_ trajectories: [[TrajectoryPoint]]) {
        var (fragment, centre, scale) = (RunningMean(), RunningMean(), RunningMean())
        for points in trajectories where points.count > 1 {
            let changes = zip(points, points.dropFirst()).count {
                ($0.found == nil) != ($1.found == nil)
            }
            fragment.add(Double(changes) / Double(points.count - 1))
            let pairs = points.compactMap { point in
                point.found.map { (truth: point.truth, found: $0) }
            }.filter {
                $0.truth.width > 0 && $0.truth.height > 0 && $0.found.width > 0
                    && $0.found.height > 0
            }
            // A deviation takes two.
            guard pairs.count > 1 else { continue }
            func deviation(
                _ value: ((truth: PixelRectangle, found: PixelRectangle)) -> Double
            ) -> Double {
                let values = pairs.map(value)
                let mean = values.reduce(0, +) / Double(values.count)
                let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                return (squares / Double(values.count)).squareRoot()
            }
            centre.add(
                deviation { ($0.found.centre.x - $0.truth.centre.x) / Double($0.truth.width) }
                    + deviation {
                        ($0.found.centre.y - $0.truth.centre.y) / Double($0.truth.height)
                    })
            scale.add(
                deviation {
                    (Double($0.found.width * $0.found.height)
                        / Double($0.truth.width * $0.truth.height)).squareRoot()
                }
                    + deviation {
                        (Double($0.found.width) / Double($0.found.height))
                            / (Double($0.truth.width) / Double($0.truth.height))
                    })
        }
        self.init()
        self.fragment = fragment.mean
        self.centre = centre.mean
        scaleAndRatio = scale.mean
    }
}
