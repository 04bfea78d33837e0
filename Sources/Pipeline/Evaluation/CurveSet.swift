import Dispatch
import Synchronization

/// The arrays of precision and recall over all images.
///
/// Categories are computed side by side; each writes figures of its own, so the result does not depend on
/// which is ready first.
struct CurveSet {
    private(set) var precision: [Double]
    private(set) var scores: [Double]
    private(set) var recall: [Double]
    private(set) var truthCounts: [Int]

    init(_ images: [ImageMatches?], categories: Int, options: EvaluationOptions) {
        let areas = options.areaRanges.count
        let maxima = options.maximumDetections.count
        let recalls = options.recallThresholds.count
        let thresholds = options.overlapThresholds.count
        precision = Array(
            repeating: -1, count: thresholds * recalls * categories * areas * maxima)
        scores = precision
        recall = Array(repeating: -1, count: thresholds * categories * areas * maxima)
        truthCounts = Array(repeating: 0, count: categories * areas)

        // Where in which images each category appears, in the order of image ids.
        var places = [[CategoryCurves.Place]](repeating: [], count: categories)
        for (image, matches) in images.enumerated() {
            guard let matches else { continue }
            for entry in matches.entries.indices {
                places[Int(matches.entries[entry].category)].append(
                    CategoryCurves.Place(image: image, entry: entry))
            }
        }
        let results = Mutex([CategoryCurves?](repeating: nil, count: categories))
        DispatchQueue.concurrentPerform(iterations: categories) { [places] category in
            let curves = CategoryCurves(places[category], images, options)
            results.withLock { $0[category] = curves }
        }
        for (category, curves) in results.withLock({ $0 }).enumerated() {
            guard let curves else { continue }
            for area in 0..<areas {
                truthCounts[category * areas + area] = curves.truthCounts[area]
                for maximum in 0..<maxima {
                    let place = (category * areas + area) * maxima + maximum
                    let stride = categories * areas * maxima
                    let own = area * maxima + maximum
                    for t in 0..<thresholds {
                        recall[t * stride + place] = curves.recall[own * thresholds + t]
                        for r in 0..<recalls {
                            let from = (own * thresholds + t) * recalls + r
                            precision[(t * recalls + r) * stride + place] = curves.precision[from]
                            scores[(t * recalls + r) * stride + place] = curves.scores[from]
                        }
                    }
                }
            }
        }
    }
}

/// The curves of one category, by size range, number of detections, threshold and recall.
private struct CategoryCurves {
    /// An entry of an image.
    struct Place {
        var image: Int
        var entry: Int
    }

    private(set) var precision: [Double]
    private(set) var scores: [Double]
    private(set) var recall: [Double]
    private(set) var truthCounts: [Int]

    init(_ places: [Place], _ images: [ImageMatches?], _ options: EvaluationOptions) {
        let areas = options.areaRanges.count
        let thresholds = options.overlapThresholds.count
        let recalls = options.recallThresholds.count
        let sets = areas * options.maximumDetections.count * thresholds
        precision = Array(repeating: -1, count: sets * recalls)
        scores = precision
        recall = Array(repeating: -1, count: sets)
        truthCounts = Array(repeating: 0, count: areas)
        for place in places {
            for area in 0..<areas {
                truthCounts[area] += Int(images[place.image]!.positives[place.entry * areas + area])
            }
        }
        guard !places.isEmpty else { return }
        for (m, maximum) in options.maximumDetections.enumerated() {
            var ranked: [(score: Double, outcome: Int, place: Int)] = []
            for (number, place) in places.enumerated() {
                let entry = images[place.image]!.entries[place.entry]
                for index in 0..<min(maximum, Int(entry.count)) {
                    let at = Int(entry.start) + index
                    ranked.append(
                        (
                            images[place.image]!.scores[at],
                            Int(entry.start) * areas + index, number
                        ))
                }
            }
            // Ties in the order of images, and there of ranks.
            ranked.sort {
                $0.score != $1.score
                    ? $0.score > $1.score : ($0.place, $0.outcome) < ($1.place, $1.outcome)
            }
            for area in 0..<areas where truthCounts[area] > 0 {
                let outcomes = ranked.map { item in
                    let matches = images[places[item.place].image]!
                    let count = Int(matches.entries[places[item.place].entry].count)
                    return matches.outcomes[item.outcome + area * count]
                }
                for t in 0..<thresholds {
                    let set = (area * options.maximumDetections.count + m) * thresholds + t
                    recall[set] = Self.curve(
                        outcomes, ranked.map(\.score), bit: t, positives: truthCounts[area],
                        options.recallThresholds,
                        &precision[set * recalls..<(set + 1) * recalls],
                        &scores[set * recalls..<(set + 1) * recalls])
                }
            }
        }
    }

    /// Writes precision and score at each recall threshold; returns the recall at the end.
    private static func curve(
        _ outcomes: [UInt32], _ scores: [Double], bit: Int, positives: Int, _ thresholds: [Double],
        _ precisionAt: inout ArraySlice<Double>, _ scoreAt: inout ArraySlice<Double>
    ) -> Double {
        for index in precisionAt.indices { precisionAt[index] = 0 }
        for index in scoreAt.indices { scoreAt[index] = 0 }
        guard !outcomes.isEmpty else { return 0 }
        let matched: UInt32 = 1 << bit
        let ignored: UInt32 = 1 << (bit + 16)
        var recall = [Double](repeating: 0, count: outcomes.count)
        var precision = recall
        var (truePositives, falsePositives) = (0.0, 0.0)
        for (index, outcome) in outcomes.enumerated() {
            if outcome & ignored == 0 {
                if outcome & matched != 0 { truePositives += 1 } else { falsePositives += 1 }
            }
            recall[index] = truePositives / Double(positives)
            // The smallest difference to 1 keeps the first quotients from being 0 / 0.
            precision[index] = truePositives / (falsePositives + truePositives + Double.ulpOfOne)
        }
        for index in stride(from: outcomes.count - 1, to: 0, by: -1)
        where precision[index] > precision[index - 1] {
            precision[index - 1] = precision[index]
        }
        var index = 0
        for (r, threshold) in thresholds.enumerated() {
            while index < recall.count && recall[index] < threshold { index += 1 }
            guard index < recall.count else { break }
            precisionAt[precisionAt.startIndex + r] = precision[index]
            scoreAt[scoreAt.startIndex + r] = scores[index]
        }
        return recall[recall.count - 1]
    }
}
