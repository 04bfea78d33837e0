import CFFmpeg

extension StreamInfo {
    /// The coding that a copy of the stream has: WebVTT as mkvmerge writes it (S_TEXT/WEBVTT) is none that
    /// FFmpeg 5 and 6 know, but its header tells.
    var copiedCodec: AVCodecID {
        let raw = parameters.raw.pointee
        guard raw.codec_id == AV_CODEC_ID_NONE, kind == .subtitle, let start = raw.extradata else {
            return raw.codec_id
        }
        let header = UnsafeBufferPointer(start: start, count: Int(max(0, raw.extradata_size)))
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let words = header.starts(with: mark) ? header.dropFirst(3) : header[...]
        return words.starts(with: "WEBVTT".utf8) ? AV_CODEC_ID_WEBVTT : AV_CODEC_ID_NONE
    }
}

extension Muxer {
    /// Puts the settings and the name of a cue where FFmpeg's muxers look for them: mkvmerge adds them to the
    /// cue's block, as the lines of an addition.
    static func describeCue(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        var size = 0
        guard
            let data = av_packet_get_side_data(
                packet, AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, &size), size > 8
        else { return }
        // The number of the addition comes first.
        let lines = UnsafeBufferPointer(start: data, count: size).dropFirst(8)
            .split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            .map(Array.init)
        let types = [AV_PKT_DATA_WEBVTT_SETTINGS, AV_PKT_DATA_WEBVTT_IDENTIFIER]
        for (type, line) in zip(types, lines) where !line.isEmpty {
            let memory = try allocated(
                av_packet_new_side_data(packet, type, line.count), "side data")
            memory.update(from: line, count: line.count)
        }
    }
}
