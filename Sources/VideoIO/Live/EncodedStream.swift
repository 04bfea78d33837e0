import CFFmpeg

/// What a container has to know of a coded video stream.
///
/// `@unchecked Sendable`: nothing changes after `init`.
public final class EncodedStream: @unchecked Sendable {
    let parameters: UnsafeMutablePointer<AVCodecParameters>
    /// Seconds per unit of the packets' timestamps.
    public let timeBase: Rational
    /// Frames a second, as far as that is constant.
    public let frameRate: Rational
    /// Name of the encoder, "libx264".
    public let encoder: String
    /// Width of the pictures.
    public var width: Int { Int(parameters.pointee.width) }
    /// Height of the pictures.
    public var height: Int { Int(parameters.pointee.height) }

    init(_ encoder: Encoder, name: String, frameRate: Rational) throws {
        let parameters = try allocated(avcodec_parameters_alloc(), "codec parameters")
        self.parameters = parameters
        self.encoder = name
        self.frameRate = frameRate
        timeBase = encoder.timeBase
        try check(.internal, path: "", "describe the video stream") {
            avcodec_parameters_from_context(parameters, encoder.context)
        }
    }

    deinit {
        var parameters: UnsafeMutablePointer<AVCodecParameters>? = parameters
        avcodec_parameters_free(&parameters)
    }
}

/// A coded picture, which any number of outputs may write.
public struct LivePacket: Sendable {
    let packet: MediaPacket
    /// Whether decoding can begin here.
    public let isKeyframe: Bool
    /// Bytes of coded data.
    public var size: Int { packet.size }
    /// When it is shown, in seconds.
    public var time: Double {
        Double(packet.presentationTimestamp ?? 0) * packet.timeBase.doubleValue
    }
}
