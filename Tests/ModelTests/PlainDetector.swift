import Foundation

@testable import Model

/// The detection step written out: every score of every anchor, whole rankings, no bounds.
struct PlainDetector {
    let configuration: YolactConfiguration
    let options: DetectionOptions

    func detect(_ outputs: RawOutputs) -> [Detection] {
        let candidates = candidates(outputs)
        let classes = configuration.classNames.count
        func entries(_ classIndex: Int) -> [Detection] {
            candidates.map {
                Detection(
                    classIndex: classIndex, score: $0.scores[classIndex], box: $0.box,
                    anchor: $0.anchor)
            }
        }
        switch options.suppression {
        case .fast:
            return best((0..<classes).flatMap { survivors(ranked(entries($0))) })
        case .traditional:
            return best(
                (0..<classes).flatMap { classIndex in
                    survivors(
                        ranked(
                            entries(classIndex).filter {
                                $0.score > options.confidenceThreshold
                            }, limit: .max))
                })
        case .crossClass:
            return survivors(
                ranked(
                    candidates.map { candidate in
                        var best = 0
                        for index in 1..<classes
                        where candidate.scores[index] > candidate.scores[best] {
                            best = index
                        }
                        return Detection(
                            classIndex: best, score: candidate.scores[best], box: candidate.box,
                            anchor: candidate.anchor)
                    }))
        }
    }

    private func candidates(
        _ outputs: RawOutputs
    ) -> [(anchor: Int, box: RelativeBox, scores: [Float])] {
        let layout = outputs.layout
        let priors = Priors(configuration)
        var result: [(anchor: Int, box: RelativeBox, scores: [Float])] = []
        var anchor = 0
        for (level, side) in outputs.levelSizes.enumerated() {
            let head = UnsafeBufferPointer(outputs.head(level))
            for row in stride(from: 0, to: side * side * layout.channels, by: layout.channels) {
                for index in 0..<layout.anchors {
                    let start = row + layout.scores(index)
                    var scores: [Float] = []
                    let best = configuration.scoring.appendForeground(
                        of: UnsafeBufferPointer(
                            rebasing: head[start..<start + layout.classes]),
                        maskScore: layout.hasMaskScore
                            ? head[row + layout.maskScore(index)] : nil,
                        to: &scores)
                    let box = row + layout.box(index)
                    if best > options.confidenceThreshold {
                        let location = SIMD4(
                            head[box], head[box + 1], head[box + 2], head[box + 3])
                        result.append(
                            (anchor, priors.decode(location, anchor: anchor), scores))
                    }
                    anchor += 1
                }
            }
        }
        return result
    }

    private func ranked(_ entries: [Detection], limit: Int? = nil) -> [Detection] {
        let sorted = entries.sorted { ($0.score, $1.anchor) > ($1.score, $0.anchor) }
        return Array(sorted.prefix(limit ?? options.candidateLimit))
    }

    private func survivors(_ entries: [Detection]) -> [Detection] {
        var kept: [Detection] = []
        for (index, entry) in entries.enumerated() {
            let isDropped =
                options.suppression == .traditional
                ? kept.contains { pixelOverlap($0.box, entry.box) >= options.suppressionThreshold }
                : entries[..<index].contains {
                    $0.box.overlap(entry.box) > options.suppressionThreshold
                }
            if !isDropped { kept.append(entry) }
        }
        return kept
    }

    private func pixelOverlap(_ a: RelativeBox, _ b: RelativeBox) -> Float {
        let size = Float(configuration.inputSize)
        func length(_ low: Float, _ high: Float) -> Float { (high - low) * size + 1 }
        let width = max(0, length(max(a.x1, b.x1), min(a.x2, b.x2)))
        let height = max(0, length(max(a.y1, b.y1), min(a.y2, b.y2)))
        let shared = width * height
        let sum =
            length(a.x1, a.x2) * length(a.y1, a.y2) + length(b.x1, b.x2) * length(b.y1, b.y2)
        return shared / (sum - shared)
    }

    private func best(_ detections: [Detection]) -> [Detection] {
        Array(
            detections.sorted {
                ($0.score, $1.classIndex, $1.anchor) > ($1.score, $0.classIndex, $0.anchor)
            }.prefix(options.detectionLimit))
    }
}
