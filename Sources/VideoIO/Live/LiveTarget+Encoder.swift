import CFFmpeg

extension LiveTarget {
    /// Checks that the container holds what an encoder makes: waiting for it would not help.
    ///
    /// - Parameter encoding: How is encoded.
    /// - Throws: ``VideoError`` `.cannotWrite`; also where there is no such encoder.
    public func check(_ encoding: LiveEncoder.Options) throws {
        let choice = try encoding.encoder(name: name)
        guard let format else { return }
        guard avformat_query_codec(format, choice.id, FF_COMPLIANCE_EXPERIMENTAL) != 0 else {
            throw VideoError(
                .cannotWrite, path: name, operation: "choose an encoder",
                reason: "\(formatName) cannot hold what \(choice.name) makes")
        }
    }
}

extension LiveEncoder.Options {
    /// The encoder that is asked for, or H.264's.
    ///
    /// - Parameter name: What errors call the output.
    func encoder(name: String) throws -> EncoderChoice {
        // Matroska holds everything; each output is asked for itself.
        guard let container = av_guess_format("matroska", nil, nil) else {
            throw VideoError(
                .internal, path: name, operation: "choose an encoder",
                reason: "this FFmpeg has no Matroska")
        }
        return try EncoderChoice(named: codec, format: container, path: name)
    }
}
