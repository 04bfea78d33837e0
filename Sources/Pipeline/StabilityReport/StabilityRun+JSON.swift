public import Foundation

extension StabilityRun {
    /// The figures as a JSON object: for all, each class and each track. Names of fields do not change; more
    /// may come. What cannot be computed is left out.
    ///
    /// - Parameters:
    ///   - input: What was measured, for people.
    ///   - model: Which model, for people.
    /// - Throws: What `JSONEncoder` throws.
    public func json(input: String, model: String) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            input: input, model: model, frames: frames, variants: variants.map(Variant.init),
            truth: truth)
        return try encoder.encode(document) + Data("\n".utf8)
    }

    private struct Document: Encodable {
        var input: String
        var model: String
        var frames: Int
        var variants: [Variant]
        var truth: StabilityFigures?
    }

    private struct Variant: Encodable {
        var smoothing: String
        var figures: StabilityFigures
        var lag: Lag?
        var accuracy: Accuracy?
        var accuracyByClass: [String: Accuracy]?
        var trajectoryErrors: TrajectoryErrors?
        var maskPrecision: Double?
        var boxPrecision: Double?

        init(_ variant: StabilityVariant) {
            smoothing = variant.smoothing.rawValue
            figures = variant.figures
            lag = variant.lag.map { Lag(mean: $0.mean, maximum: $0.maximum) }
            accuracy = variant.accuracy.map(Accuracy.init)
            if variant.accuracy != nil {
                accuracyByClass = Dictionary(
                    variant.accuracyByClass.map { ($0.category, Accuracy($0.accuracy)) }
                ) { first, _ in first }
            }
            trajectoryErrors = variant.trajectoryErrors
            maskPrecision = variant.maskPrecision
            boxPrecision = variant.boxPrecision
        }
    }

    /// In frames.
    private struct Lag: Encodable {
        var mean: Double?
        var maximum: Double?
    }

    private struct Accuracy: Encodable {
        var counts: TrackingAccuracy
        var sMOTSA: Double?
        var MOTSA: Double?
        var MOTSP: Double?
        var identityScore: Double?

        init(_ accuracy: TrackingAccuracy) {
            counts = accuracy
            sMOTSA = accuracy.softMotsa
            MOTSA = accuracy.motsa
            MOTSP = accuracy.motsp
            identityScore = accuracy.identityScore
        }
    }
}
