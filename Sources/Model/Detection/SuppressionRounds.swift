/// What competes in each round of suppression: each class for itself, or all together. Keeps its memory
/// from frame to frame.
struct SuppressionRounds {
    /// A candidate as one class.
    struct Entry {
        var candidate: Int
        var classIndex: Int
        var score: Float
    }

    /// The entries of each round, best first, equal ones by anchor.
    private(set) var entries: [[Entry]]

    private let options: DetectionOptions
    /// Entries a round.
    private let limit: Int
    /// What a score must exceed to enter a round.
    private var floors: [Float]
    private var scores = ScoreHistogram()

    /// - Parameter classes: Classes without background.
    init(classes: Int, options: DetectionOptions) {
        self.options = options
        limit = options.suppression == .traditional ? .max : options.candidateLimit
        let count = options.suppression == .crossClass ? 1 : classes
        entries = [[Entry]](repeating: [], count: count)
        floors = [Float](repeating: 0, count: count)
    }

    /// Loads candidates and ranks the best pairs of anchor and class.
    ///
    /// - Parameter wanted: How many pairs, about; all if there are fewer.
    /// - Returns: A floor: every pair that may enter a round and has a score above it has done so. Negative
    ///   if all have.
    mutating func rank(
        _ candidates: inout Candidates, _ outputs: RawOutputs, pairs wanted: Int
    ) -> Float {
        for round in entries.indices { entries[round].removeAll(keepingCapacity: true) }
        // The best pairs belong to no more candidates than pairs.
        let loaded = candidates.load(
            outputs, best: options.suppression == .traditional ? .max : wanted)
        switch options.suppression {
        case .fast:
            let floor = max(loaded, pairFloor(candidates, wanted))
            fillByClass(candidates, above: floor)
            return floor
        case .crossClass:
            fillWithBest(candidates, above: loaded)
            return loaded
        case .traditional:
            fillByClass(candidates, above: max(-1, options.confidenceThreshold))
            return -1
        }
    }

    /// A score that about `wanted` scores of the loaded candidates exceed; negative if there are fewer.
    private mutating func pairFloor(_ candidates: Candidates, _ wanted: Int) -> Float {
        guard wanted < candidates.scores.count else { return -1 }
        scores.clear()
        for score in candidates.scores { scores.add(score) }
        return scores.floor(of: wanted)
    }

    private mutating func fillByClass(_ candidates: Candidates, above floor: Float) {
        for round in floors.indices { floors[round] = floor }
        var index = 0
        for candidate in 0..<candidates.count {
            for classIndex in 0..<candidates.foregroundClasses {
                let score = candidates.scores[index]
                index += 1
                guard score > floors[classIndex] else { continue }
                add(
                    Entry(candidate: candidate, classIndex: classIndex, score: score),
                    to: classIndex)
            }
        }
        finish()
    }

    private mutating func fillWithBest(_ candidates: Candidates, above floor: Float) {
        floors[0] = floor
        let classes = candidates.foregroundClasses
        for candidate in 0..<candidates.count {
            let first = candidate * classes
            var best = first
            for index in first..<first + classes
            where candidates.scores[index] > candidates.scores[best] {
                best = index
            }
            let score = candidates.scores[best]
            guard score > floors[0] else { continue }
            add(Entry(candidate: candidate, classIndex: best - first, score: score), to: 0)
        }
        finish()
    }

    private mutating func add(_ entry: Entry, to round: Int) {
        entries[round].append(entry)
        // Cut now and then instead of sorting all at the end: most candidates fall under the floor.
        if limit < .max / 2, entries[round].count == 2 * limit {
            sort(round)
            entries[round].removeLast(limit)
            floors[round] = max(floors[round], entries[round][limit - 1].score)
        }
    }

    private mutating func finish() {
        for round in entries.indices {
            sort(round)
            if entries[round].count > limit {
                entries[round].removeLast(entries[round].count - limit)
            }
        }
    }

    private mutating func sort(_ round: Int) {
        entries[round].sort { ($0.score, $1.candidate) > ($1.score, $0.candidate) }
    }
}
