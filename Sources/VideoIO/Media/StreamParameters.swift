import CFFmpeg

/// Codec parameters and side data of a stream, copied out of the demuxer.
///
/// `@unchecked Sendable`: nothing changes after `init`.
final class StreamParameters: @unchecked Sendable {
    let raw: UnsafeMutablePointer<AVCodecParameters>
    let sideData: [(type: AVPacketSideDataType, bytes: [UInt8])]

    init(copying stream: UnsafePointer<AVStream>) throws {
        raw = try allocated(avcodec_parameters_alloc(), "codec parameters")
        sideData = (0..<yv_stream_side_data_count(stream)).compactMap { index in
            guard let entry = yv_stream_side_data(stream, index)?.pointee, let data = entry.data
            else { return nil }
            return (entry.type, Array(UnsafeBufferPointer(start: data, count: entry.size)))
        }
        // The parameters are freed by deinit from here on, whatever happens.
        let source: UnsafeMutablePointer<AVCodecParameters>? = stream.pointee.codecpar
        guard let source else { return }
        let raw = raw
        try check(.internal, path: "", "copy codec parameters") {
            avcodec_parameters_copy(raw, source)
        }
    }

    deinit {
        var raw: UnsafeMutablePointer<AVCodecParameters>? = raw
        avcodec_parameters_free(&raw)
    }

    var codecID: AVCodecID { raw.pointee.codec_id }

    /// Whether there is something about how it is encrypted.
    var isEncrypted: Bool { sideData.contains { $0.type == AV_PKT_DATA_ENCRYPTION_INIT_INFO } }

    /// The stream's display matrix as an orientation.
    var orientation: Orientation? {
        guard let matrix = sideData.first(where: { $0.type == AV_PKT_DATA_DISPLAYMATRIX }),
            matrix.bytes.count >= 36
        else { return nil }
        return matrix.bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 9) { values in
                guard let base = values.baseAddress else { return nil }
                for index in 0..<9 {
                    base[index] = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)
                }
                return Orientation(displayMatrix: base)
            }
        }
    }
}
