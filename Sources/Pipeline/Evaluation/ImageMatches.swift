/// What is kept of an image once its detections have been compared with the truth: a score and two bits
/// a threshold for each detection and size range, no boxes and no masks.
struct ImageMatches: Sendable {
    /// The detections and truths of one category.
    struct Entry: Sendable {
        /// Index of the category; 0 where categories do not count.
        var category: Int32
        /// Index of the first detection in ``ImageMatches/scores``.
        var start: Int32
        /// Number of detections.
        var count: Int32
    }

    /// By ascending category.
    var entries: [Entry] = []
    /// By entry, there by falling score.
    var scores: [Double] = []
    /// By entry, there by size range, there by detection: bit t says that the detection matches at
    /// threshold t, bit 16 + t that it is not counted.
    var outcomes: [UInt32] = []
    /// Truths that count, by entry and size range.
    var positives: [Int32] = []
}

/// Matches the detections of an image with its truth, as COCO defines it.
///
/// For each category, size range and threshold the detections take their turn, surest first. Each takes
/// the free truth that it overlaps most, if at least by the threshold; of equal ones the last. Truths that
/// do not count (crowds and those outside the size range) are taken only where no other is left, and
/// the detection does not count then; a crowd can be taken any number of times. An unmatched detection
/// outside the size range does not count either.
struct ImageMatcher {
    let truth: ImageTruth
    let detections: ImageDetections
    let options: EvaluationOptions
    private let relevance: Double

    init(_ truth: ImageTruth, _ detections: ImageDetections, _ options: EvaluationOptions) {
        self.truth = truth
        self.detections = detections
        self.options = options
        relevance = min(options.overlapThresholds.first ?? 0, Self.fullOverlap)
    }

    /// Thresholds above this are lowered to it, so that rounding cannot deny a perfect match.
    private static let fullOverlap = 1 - 1e-10

    func matches(_ kind: EvaluationKind) -> ImageMatches {
        var matches = ImageMatches()
        var groups: [Int: (truths: [Int], detections: [Int])] = [:]
        let merges = !options.usesCategories
        // Where categories do not count, truths still come category by category.
        let truths =
            merges
            ? truth.annotations.indices.sorted {
                (truth.categories[$0], $0) < (truth.categories[$1], $1)
            } : Array(truth.annotations.indices)
        for index in truths {
            groups[merges ? 0 : truth.categories[index], default: ([], [])].truths.append(index)
        }
        for index in mergedOrder(merges, kind) where detections.categories[index] >= 0 {
            groups[merges ? 0 : detections.categories[index], default: ([], [])].detections
                .append(index)
        }
        for (category, group) in groups.sorted(by: { $0.key < $1.key }) {
            match(
                category, group.truths,
                Array(group.detections.prefix(options.maximumDetections.last ?? 0)), kind, &matches)
        }
        return matches
    }

    /// Detections by falling score; equal ones in the order given, or category by category.
    private func mergedOrder(_ merges: Bool, _ kind: EvaluationKind) -> [Int] {
        guard merges else { return detections.byScore(kind) }
        return detections.items.indices.sorted {
            let (a, b) = (
                detections.items[$0].score(kind), detections.items[$1].score(kind)
            )
            return a != b
                ? a > b
                : (detections.categories[$0], $0) < (detections.categories[$1], $1)
        }
    }

    private func overlap(_ detection: Int, _ truthIndex: Int, _ kind: EvaluationKind) -> Double {
        let isCrowd = truth.annotations[truthIndex].isCrowd
        switch kind {
        case .box:
            return detections.boxes[detection].overlap(truth.boxes[truthIndex], isCrowd: isCrowd)
        case .mask:
            return detections.masks[detection].overlap(
                truth.masks[truthIndex], isCrowd: isCrowd, relevance: relevance)
        }
    }

    private func match(
        _ category: Int, _ truths: [Int], _ found: [Int], _ kind: EvaluationKind,
        _ matches: inout ImageMatches
    ) {
        let start = matches.scores.count
        matches.entries.append(
            ImageMatches.Entry(
                category: Int32(category), start: Int32(start), count: Int32(found.count)))
        for detection in found {
            matches.scores.append(detections.items[detection].score(kind))
        }
        var overlaps = [Double](repeating: 0, count: found.count * truths.count)
        for (row, detection) in found.enumerated() {
            for (column, index) in truths.enumerated() {
                overlaps[row * truths.count + column] = overlap(detection, index, kind)
            }
        }
        for range in options.areaRanges {
            let ignored = truths.map {
                truth.annotations[$0].isCrowd || range.excludes(truth.area($0))
            }
            // Truths that do not count come last.
            let order =
                truths.indices.filter { !ignored[$0] } + truths.indices.filter { ignored[$0] }
            matches.positives.append(Int32(ignored.count { !$0 }))
            let candidates = order.map { column in
                Candidate(
                    column: column, isIgnored: ignored[column],
                    isCrowd: truth.annotations[truths[column]].isCrowd,
                    // COCO's tools store the id of the matched truth, and take 0 for none.
                    countsAsMatch: truth.annotations[truths[column]].id != 0)
            }
            appendOutcomes(found, candidates, overlaps, range, kind, &matches.outcomes)
        }
    }

    private struct Candidate {
        var column: Int
        var isIgnored: Bool
        var isCrowd: Bool
        var countsAsMatch: Bool
    }

    private func appendOutcomes(
        _ found: [Int], _ candidates: [Candidate], _ overlaps: [Double], _ range: AreaRange,
        _ kind: EvaluationKind, _ outcomes: inout [UInt32]
    ) {
        let first = outcomes.count
        for detection in found {
            // Until it is matched, a detection outside the range does not count.
            outcomes.append(
                range.excludes(detections.area(detection, kind)) ? 0xFFFF_0000 : 0)
        }
        guard !candidates.isEmpty else { return }
        // Bit t: taken at threshold t.
        var taken = [UInt16](repeating: 0, count: candidates.count)
        for row in found.indices {
            let rowStart = row * candidates.count
            for (index, threshold) in options.overlapThresholds.enumerated() {
                let bit: UInt16 = 1 << index
                var best = min(threshold, Self.fullOverlap)
                var choice = -1
                for (number, candidate) in candidates.enumerated() {
                    if taken[number] & bit != 0 && !candidate.isCrowd { continue }
                    if choice >= 0 && !candidates[choice].isIgnored && candidate.isIgnored { break }
                    let overlap = overlaps[rowStart + candidate.column]
                    if overlap < best { continue }
                    best = overlap
                    choice = number
                }
                guard choice >= 0 else { continue }
                taken[choice] |= bit
                let chosen = candidates[choice]
                var outcome = outcomes[first + row]
                if chosen.countsAsMatch {
                    outcome |= UInt32(bit)
                    outcome &= ~(UInt32(bit) << 16)
                }
                if chosen.isIgnored { outcome |= UInt32(bit) << 16 }
                outcomes[first + row] = outcome
            }
        }
    }
}
