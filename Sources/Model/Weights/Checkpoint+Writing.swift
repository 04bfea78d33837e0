extension Checkpoint {
    /// How the floating-point tensors of a written file are stored.
    public enum Precision: String, Sendable, CaseIterable {
        /// 32 bits for all tensors.
        case float32 = "f32"
        /// 16 bits for convolution weights, a relative rounding error of at most 2^-11. Vectors (biases
        /// and batch normalisation) stay at 32 bits: they are a thousandth of the file, and variances
        /// can leave the range of 16 bits.
        case float16 = "f16"
    }

    /// Writes the tensors that inference uses as a safetensors file with the configuration in its
    /// metadata. The file appears under its name only when it is complete.
    ///
    /// - Parameters:
    ///   - destination: The file to write.
    ///   - configuration: The configuration to store; that of this file if nil.
    ///   - precision: How the values are stored.
    ///   - overwrite: Whether an existing file is replaced; otherwise it is an error.
    /// - Throws: ``WeightsError``; ``ConfigurationError`` if there is no sound configuration.
    public func write(
        to destination: String, configuration: YolactConfiguration? = nil,
        precision: Precision = .float32, overwrite: Bool = false
    ) throws {
        guard let configuration = try (configuration ?? self.configuration)?.validated() else {
            throw ConfigurationError(
                source: path, problems: ["neither the file nor its name tells the configuration"])
        }
        let kept = tensors.filter { !ParameterReader.isKnownLeftover($0.name) }
        let writer = SafetensorsWriter(metadata: [
            "format": "pt", Self.configurationKey: try configuration.json(),
        ])
        try writer.write(
            kept.map { stored($0, precision: precision) },
            to: destination, overwrite: overwrite)
    }

    private func stored(
        _ tensor: TensorDescription, precision: Precision
    ) -> SafetensorsWriter.Tensor {
        let isHalf = precision == .float16 && tensor.shape.count > 1
        let description = TensorDescription(
            name: tensor.name, dataType: isHalf ? .float16 : .float32, shape: tensor.shape)
        return SafetensorsWriter.Tensor(description) {
            let values = try values(of: tensor.name, shape: tensor.shape)
            guard isHalf else { return values.withUnsafeBytes { [UInt8]($0) } }
            let halves = values.map { Float16($0) }
            if let index = halves.indices.first(where: {
                !halves[$0].isFinite && values[$0].isFinite
            }) {
                let place = ParameterValues.place(index, in: tensor.shape)
                throw WeightsError(
                    .impossibleValue, path: name,
                    "tensor \(tensor.name) holds \(values[index]) at \(place), which 16 bits cannot "
                        + "hold; 32 bits can")
            }
            return halves.withUnsafeBytes { [UInt8]($0) }
        }
    }
}
