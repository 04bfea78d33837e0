import CFFmpeg

/// What HDR video says about the display that it was graded on and about its brightest places: from the
/// container, or from the first frame where only the coded data tell.
struct DisplayMetadata {
    private var mastering: AVMasteringDisplayMetadata?
    private var light: AVContentLightMetadata?

    /// Nothing is known.
    init() {}

    init(stream: StreamInfo?, first frame: VideoFrame) {
        mastering = Self.find(
            AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
            stream,
            frame)
        light = Self.find(
            AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, stream, frame)
    }

    /// Adds it to a stream of the output.
    func apply(to stream: UnsafeMutablePointer<AVStream>) throws {
        try add(mastering, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, to: stream)
        try add(light, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, to: stream)
    }

    /// Settings of x265, which writes it into the coded data.
    var x265Words: [String] {
        var words: [String] = []
        if let mastering, mastering.has_primaries != 0, mastering.has_luminance != 0 {
            func units(_ value: AVRational, _ perUnit: Double) -> String {
                String(Int((Rational(value).doubleValue * perUnit).rounded()))
            }
            func place(_ x: AVRational, _ y: AVRational) -> String {
                "(\(units(x, 50_000)),\(units(y, 50_000)))"
            }
            let (red, green, blue) = mastering.display_primaries
            let white = mastering.white_point
            words.append(
                "master-display=G\(place(green.0, green.1))B\(place(blue.0, blue.1))"
                    + "R\(place(red.0, red.1))WP\(place(white.0, white.1))"
                    + "L(\(units(mastering.max_luminance, 10_000)),"
                    + "\(units(mastering.min_luminance, 10_000)))")
        }
        if let light { words.append("max-cll=\(light.MaxCLL),\(light.MaxFALL)") }
        return words
    }

    private static func find<Value: BitwiseCopyable>(
        _ inStream: AVPacketSideDataType, _ inFrame: AVFrameSideDataType, _ stream: StreamInfo?,
        _ frame: VideoFrame
    ) -> Value? {
        func load(_ bytes: UnsafeRawBufferPointer) -> Value? {
            bytes.count < MemoryLayout<Value>.size ? nil : bytes.loadUnaligned(as: Value.self)
        }
        if let entry = stream?.parameters.sideData.first(where: { $0.type == inStream }) {
            return entry.bytes.withUnsafeBytes(load)
        }
        guard let entry = av_frame_get_side_data(frame.raw, inFrame)?.pointee else { return nil }
        return load(UnsafeRawBufferPointer(start: entry.data, count: entry.size))
    }

    private func add<Value: BitwiseCopyable>(
        _ value: Value?, _ type: AVPacketSideDataType, to stream: UnsafeMutablePointer<AVStream>
    ) throws {
        guard let value else { return }
        let size = MemoryLayout<Value>.size
        let memory = try allocated(yv_stream_new_side_data(stream, type, size), "side data")
        UnsafeMutableRawPointer(memory).storeBytes(of: value, as: Value.self)
    }
}
