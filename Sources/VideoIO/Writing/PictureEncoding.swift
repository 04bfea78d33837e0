import CFFmpeg

/// Encodes one frame as a file of its own.
///
/// - Parameters:
///   - frame: In a pixel format that the encoder takes.
///   - picture: What it is.
///   - codec: Of a format for pictures, whose files are single packets.
func encodePicture(
    _ frame: UnsafePointer<AVFrame>, _ picture: PictureSpecification, as id: AVCodecID
) throws -> [UInt8] {
    guard let codec = avcodec_find_encoder(id) else {
        throw VideoError(
            .internal, path: "", operation: "encode a picture",
            reason: "this FFmpeg has no encoder for \(text(avcodec_get_name(id)) ?? "it")")
    }
    var options = VideoWriter.Options()
    options.threads = 1
    var colour = ColourDescription(pictureHeight: Int(picture.height))
    colour.matrix = picture.matrix
    colour.range = .full
    let encoder = try Encoder(
        EncoderChoice(codec: codec),
        settings: Encoder.Settings(
            width: picture.width, height: picture.height, format: picture.format,
            colour: colour, sampleAspectRatio: Rational(0, 1), timeBase: Rational(1, 1),
            frameRate: nil, hasConstantRate: true, needsGlobalHeader: false,
            options: options), path: "")
    var bytes: [UInt8] = []
    func take(_ packet: UnsafeMutablePointer<AVPacket>) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(
                start: packet.pointee.data, count: Int(packet.pointee.size)))
    }
    try encoder.encode(frame, timestamp: 0, duration: 1) { take($0) }
    try encoder.finish { take($0) }
    return bytes
}
