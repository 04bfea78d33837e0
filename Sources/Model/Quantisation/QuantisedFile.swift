import Foundation

extension Quantiser.Result {
    /// Writes a safetensors file: weights of quantised layers as I8 with their steps beside them
    /// (`NAME_scale`, F32, one for each output channel), all other parameters as F32, and in the metadata the
    /// configuration and the quantisation. Batch normalisation stays as it is; folding it in only changes
    /// the steps.
    ///
    /// - Throws: ``WeightsError``, and what reading the parameters throws.
    public func write(
        _ configuration: YolactConfiguration, _ parameters: any ParameterSource, to path: String,
        overwrite: Bool = false
    ) throws {
        let shapes = try NetworkGraphs(configuration, parameters).parameterShapes
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(quantisation), as: UTF8.self)
        let writer = SafetensorsWriter(metadata: [
            "format": "pt", Checkpoint.configurationKey: try configuration.json(),
            Checkpoint.quantisationKey: json,
        ])
        try writer.write(
            shapes.flatMap { tensors($0.key, $0.value, parameters) }, to: path,
            overwrite: overwrite)
    }

    private func tensors(
        _ name: String, _ shape: [Int], _ source: any ParameterSource
    ) -> [SafetensorsWriter.Tensor] {
        guard self.parameters.contains(name) else {
            let description = TensorDescription(name: name, dataType: .float32, shape: shape)
            return [
                SafetensorsWriter.Tensor(description) {
                    try source.values(of: name, shape: shape).withUnsafeBytes { [UInt8]($0) }
                }
            ]
        }
        // Twice: only one tensor at a time is in memory.
        @Sendable func quantised() throws -> QuantisedWeights {
            QuantisedWeights(try source.values(of: name, shape: shape), outputs: shape[0])
        }
        return [
            SafetensorsWriter.Tensor(
                TensorDescription(name: name, dataType: .int8, shape: shape)
            ) { try quantised().numbers.withUnsafeBytes { [UInt8]($0) } },
            SafetensorsWriter.Tensor(
                TensorDescription(
                    name: name + QuantisedTensors.suffix, dataType: .float32, shape: [shape[0]])
            ) { try quantised().scales.withUnsafeBytes { [UInt8]($0) } },
        ]
    }
}

/// The tensors of a file with the steps of those in one byte apart.
struct QuantisedTensors {
    static let suffix = "_scale"

    /// All but the steps.
    private(set) var tensors: [String: StoredTensor]
    /// Steps of the output channels, by name of the weights.
    private(set) var scales: [String: StoredTensor] = [:]

    /// - Parameter isQuantised: Whether every tensor in one byte has to have steps.
    init(
        _ found: [String: StoredTensor], isQuantised: Bool, path: String
    ) throws(WeightsError) {
        tensors = found
        for (name, tensor) in found where tensor.description.dataType == .int8 {
            guard let scale = found[name + Self.suffix] else {
                guard isQuantised else { continue }
                throw WeightsError(
                    .corrupted, path: path, "tensor \(name) has no \(name + Self.suffix)")
            }
            guard let outputs = tensor.description.shape.first, outputs > 0,
                scale.description.shape == [outputs]
            else {
                throw WeightsError(
                    .corrupted, path: path,
                    "tensor \(name + Self.suffix) does not fit tensor \(name)")
            }
            guard scale.floats().allSatisfy({ $0.isNormal && $0 > 0 }) else {
                throw WeightsError(
                    .corrupted, path: path,
                    "tensor \(name + Self.suffix) holds a step that is not positive")
            }
            tensors[name + Self.suffix] = nil
            scales[name] = scale
        }
    }

    /// The numbers that bytes stand for.
    static func values(_ numbers: [Float], _ scales: [Float]) -> [Float] {
        let size = max(numbers.count / scales.count, 1)
        return numbers.indices.map { numbers[$0] * scales[$0 / size] }
    }
}

extension Quantisation {
    /// The quantisation in the metadata of a file, if there is one.
    static func stored(
        in metadata: [String: String], path: String
    ) throws(WeightsError) -> Quantisation? {
        guard let json = metadata[Checkpoint.quantisationKey] else { return nil }
        func damaged(_ reason: String) -> WeightsError {
            WeightsError(
                .corrupted, path: path, "metadata \(Checkpoint.quantisationKey): \(reason)")
        }
        struct Version: Decodable { var version: Int }
        let decoder = JSONDecoder()
        guard let version = try? decoder.decode(Version.self, from: Data(json.utf8)).version
        else { throw damaged("no version") }
        guard (1...currentVersion).contains(version) else {
            throw WeightsError(
                .unsupported, path: path,
                "the file is quantised by version \(version) of the scheme, this program knows "
                    + "\(currentVersion)")
        }
        guard let found = try? decoder.decode(Quantisation.self, from: Data(json.utf8)) else {
            throw damaged("not a quantisation of version \(version)")
        }
        for (name, value) in found.values where !(value.scale.isNormal && value.scale > 0) {
            throw damaged("the step of \(name) is \(value.scale)")
        }
        return found
    }
}
