import Foundation

extension YolactConfiguration.ClassScoring {
    /// Appends the scores of all classes but background.
    ///
    /// - Parameters:
    ///   - logits: What the head puts out, background (or objectness) first.
    ///   - maskScore: What the head puts out for the quality of the mask; only ``sigmoid`` uses it.
    /// - Returns: The best of them.
    func appendForeground(
        of logits: UnsafeBufferPointer<Float>, maskScore: Float?, to scores: inout [Float]
    ) -> Float {
        switch self {
        case .softmax:
            return Self.appendSoftmax(of: logits, withFirst: true, factor: 1, to: &scores)
        case .sigmoid:
            let factor = maskScore.map(Self.logistic) ?? 1
            var best: Float = 0
            for logit in logits.dropFirst() {
                let score = Self.logistic(logit) * factor
                scores.append(score)
                best = max(best, score)
            }
            return best
        case .objectness:
            return Self.appendSoftmax(
                of: logits, withFirst: false, factor: Self.logistic(logits[0]), to: &scores)
        case .gatedSoftmax:
            return Self.appendSoftmax(
                of: logits, withFirst: false, factor: Self.logistic(logits[0]) > 0.1 ? 1 : 0,
                to: &scores)
        }
    }

    /// What takes the place of the score of background; no detection depends on it.
    func background(of logits: UnsafeBufferPointer<Float>, maskScore: Float?) -> Float {
        switch self {
        case .softmax:
            let largest = logits.max() ?? 0
            return expf(logits[0] - largest) / logits.reduce(0) { $0 + expf($1 - largest) }
        case .sigmoid: return Self.logistic(logits[0]) * (maskScore.map(Self.logistic) ?? 1)
        case .objectness: return 1 - Self.logistic(logits[0])
        case .gatedSoftmax: return logits[0]
        }
    }

    private static func logistic(_ value: Float) -> Float { 1 / (1 + expf(-value)) }

    private static func appendSoftmax(
        of logits: UnsafeBufferPointer<Float>, withFirst: Bool, factor: Float,
        to scores: inout [Float]
    ) -> Float {
        var largest: Float = withFirst ? logits[0] : -.infinity
        for index in 1..<logits.count { largest = max(largest, logits[index]) }
        let start = scores.count
        var sum = withFirst ? expf(logits[0] - largest) : 0
        for index in 1..<logits.count {
            let value = expf(logits[index] - largest)
            scores.append(value)
            sum += value
        }
        var best: Float = 0
        for index in start..<scores.count {
            scores[index] = scores[index] / sum * factor
            best = max(best, scores[index])
        }
        return best
    }
}
