/// What is kept of an image for ``YolactTable``.
struct YolactMatches: Sendable {
    private struct Entry: Sendable {
        var category: Int32
        var positives: Int32
        var start: Int32
        var count: Int32
    }

    /// By category; empty for an image that does not count.
    private var entries: [Entry] = []
    /// By entry, falling.
    private var scores: [Double] = []
    /// By detection: bit t says that it is a match at threshold t.
    private var matched: [UInt16] = []

    private static let thresholds = YolactTable.percentages.map { Double($0) / 100 }
    private static let maximumDetections = 100
    private static let leastSide = 4.0 / 550

    init(_ truth: ImageTruth, _ detections: ImageDetections, _ kind: EvaluationKind) {
        let ranked = detections.byScore(kind).filter { detections.categories[$0] >= 0 }
            .prefix(Self.maximumDetections)
        let kept = truth.annotations.indices.filter { Self.isLargeEnough(truth, $0) }
        guard !ranked.isEmpty, !kept.isEmpty || truth.annotations.isEmpty else { return }
        let truths = kept.filter { !truth.annotations[$0].isCrowd }
        let categories = Set(ranked.map { detections.categories[$0] })
            .union(truths.map { truth.categories[$0] })
        for category in categories.sorted() {
            let own = truths.filter { truth.categories[$0] == category }
            let found = ranked.filter { detections.categories[$0] == category }
            entries.append(
                Entry(
                    category: Int32(category), positives: Int32(own.count),
                    start: Int32(scores.count), count: Int32(found.count)))
            var taken = [UInt16](repeating: 0, count: own.count)
            for detection in found {
                scores.append(detections.items[detection].score(kind))
                let overlaps = own.map { Self.overlap(truth, $0, detections, detection, kind) }
                var outcome: UInt16 = 0
                for (t, threshold) in Self.thresholds.enumerated() {
                    let bit: UInt16 = 1 << t
                    var best = threshold
                    var choice: Int?
                    for (number, overlap) in overlaps.enumerated()
                    where taken[number] & bit == 0 && Double(overlap) > best {
                        best = Double(overlap)
                        choice = number
                    }
                    guard let choice else { continue }
                    taken[choice] |= bit
                    outcome |= bit
                }
                matched.append(outcome)
            }
        }
    }

    /// Sides are compared as fractions of the picture.
    private static func isLargeEnough(_ truth: ImageTruth, _ index: Int) -> Bool {
        let box = truth.boxes[index]
        let (width, height) = (Double(truth.image.width), Double(truth.image.height))
        guard width > 0, height > 0 else { return true }
        return (box.x + box.width) / width - box.x / width > leastSide
            && (box.y + box.height) / height - box.y / height > leastSide
    }

    /// Intersection over union in single precision; nothing (not a number) over nothing.
    private static func overlap(
        _ truth: ImageTruth, _ index: Int, _ detections: ImageDetections, _ detection: Int,
        _ kind: EvaluationKind
    ) -> Float {
        switch kind {
        case .mask:
            let (found, own) = (detections.masks[detection], truth.masks[index])
            let shared = Float(
                found.intersection(with: own, isCrowd: false, relevance: thresholds[0] / 2))
            return shared / (Float(found.area) + Float(own.area) - shared)
        case .box:
            let found = corners(detections.boxes[detection])
            let own = corners(truth.boxes[index], of: truth.image)
            let shared =
                max(min(found.right, own.right) - max(found.left, own.left), 0)
                * max(min(found.bottom, own.bottom) - max(found.top, own.top), 0)
            let area = (found.right - found.left) * (found.bottom - found.top)
            let ownArea = (own.right - own.left) * (own.bottom - own.top)
            return shared / (area + ownArea - shared)
        }
    }

    private typealias Corners = (left: Float, top: Float, right: Float, bottom: Float)

    private static func corners(_ box: EvaluationBox) -> Corners {
        (Float(box.x), Float(box.y), Float(box.x + box.width), Float(box.y + box.height))
    }

    /// The official program keeps true boxes as fractions of the picture.
    private static func corners(_ box: EvaluationBox, of image: EvaluationImage) -> Corners {
        guard image.width > 0, image.height > 0 else { return corners(box) }
        func fraction(_ value: Double, _ size: Int) -> Float {
            Float(value / Double(size)) * Float(size)
        }
        return (
            fraction(box.x, image.width), fraction(box.y, image.height),
            fraction(box.x + box.width, image.width), fraction(box.y + box.height, image.height)
        )
    }
}

extension YolactMatches {
    /// AP in percent at each threshold.
    static func precisions(_ images: [YolactMatches?], dataset: EvaluationDataset) -> [Double] {
        let order = images.indices.filter { index in
            // Images without annotations are not looked at, unless there are no others.
            images[index] != nil
                && (dataset.annotations.isEmpty
                    || !dataset.annotations(ofImageAt: index).isEmpty)
        }.sorted {
            let (a, b) = (shuffled(dataset.images[$0].id), shuffled(dataset.images[$1].id))
            return (a, $0) < (b, $1)
        }
        var positives = [Int](repeating: 0, count: dataset.categories.count)
        var found = [[(score: Double, order: Int, matched: UInt16)]](
            repeating: [], count: dataset.categories.count)
        for index in order {
            guard let image = images[index] else { continue }
            for entry in image.entries {
                let category = Int(entry.category)
                positives[category] += Int(entry.positives)
                for detection in Int(entry.start)..<Int(entry.start + entry.count) {
                    found[category].append(
                        (image.scores[detection], found[category].count, image.matched[detection]))
                }
            }
        }
        for category in found.indices {
            found[category].sort {
                $0.score != $1.score ? $0.score > $1.score : $0.order < $1.order
            }
        }
        return thresholds.indices.map { t in
            let values = found.indices.compactMap { category -> Double? in
                guard positives[category] > 0 else { return found[category].isEmpty ? nil : 0 }
                return averagePrecision(
                    found[category].map { $0.matched >> UInt16(t) & 1 == 1 },
                    positives: positives[category])
            }
            return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) * 100
        }
    }

    /// The mean of the smoothed precision at recalls 0, 0.01, ... 1.
    private static func averagePrecision(_ matches: [Bool], positives: Int) -> Double {
        var precisions: [Double] = []
        var recalls: [Double] = []
        var count = 0
        for (index, isMatch) in matches.enumerated() {
            if isMatch { count += 1 }
            precisions.append(Double(count) / Double(index + 1))
            recalls.append(Double(count) / Double(positives))
        }
        for index in stride(from: matches.count - 1, to: 0, by: -1) {
            precisions[index - 1] = max(precisions[index - 1], precisions[index])
        }
        var index = 0
        var sum = 0.0
        for percent in 0...100 {
            while index < recalls.count && recalls[index] < Double(percent) / 100 { index += 1 }
            if index < recalls.count { sum += precisions[index] }
        }
        return sum / 101
    }

    /// The hash by which the official program shuffles images.
    private static func shuffled(_ id: Int) -> UInt64 {
        func mixed(_ value: UInt64) -> UInt64 {
            // Of ids beyond 32 bits the high half enters the first product, as with big integers.
            ((value >> 16 ^ value) &* 0x045d_9f3b) & 0xFFFF_FFFF
        }
        let once = mixed(mixed(UInt64(bitPattern: Int64(id))))
        return (once >> 16 ^ once) & 0xFFFF_FFFF
    }
}
