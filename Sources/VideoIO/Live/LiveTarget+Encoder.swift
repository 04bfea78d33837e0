import CFFmpeg

extension LiveTarget {
    /// Checks that the container holds what an encoder makes: waiting for it would not help.
    ///
    /// - Parameter encoding: How is encoded.
    /// - Throws: ``VideoError`` `.cannotWrite`; also where there is no such encoder.
    public func check(_ encoding: LiveEncoder.Options) throws {
        let choice = try encoding.choose(path: name).0
        guard let format else { return }
        guard avformat_query_codec(format, choice.id, FF_COMPLIANCE_EXPERIMENTAL) != 0 else {
            throw VideoError(
                .cannotWrite, path: name, operation: "choose an encoder",
                reason: "\(formatName) cannot hold what \(choice.name) makes")
        }
    }
}
