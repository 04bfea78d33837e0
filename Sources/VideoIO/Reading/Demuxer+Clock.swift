import CFFmpeg

extension Demuxer {
    /// Looks at places all over a transport stream for a clock that starts anew, as where recordings were joined.
    ///
    /// A seek would take the wrong one of two places with the same time. Leaves the demuxer somewhere in the file.
    ///
    /// - Parameter index: The stream whose times are looked at.
    func startsAnew(stream index: Int) throws -> Bool {
        guard hasDiscontinuousTimestamps, text(context.pointee.iformat.pointee.name) == "mpegts",
            let size = context.pointee.pb.map({ avio_size($0) }), size > 0
        else { return false }
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let fresh = try allocated(packet, "a packet")
        let places: Int64 = 24
        var latest = Int64.min
        for place in 0..<places {
            guard let time = time(behind: size / places * place, stream: index, fresh) else {
                continue
            }
            if time < latest { return true }
            latest = time
        }
        return false
    }

    /// The decoding time of the first packet of a stream behind a place, in the stream's units.
    private func time(
        behind place: Int64, stream index: Int, _ packet: UnsafeMutablePointer<AVPacket>
    ) -> Int64? {
        guard seek(byte: place) else { return nil }
        defer { av_packet_unref(packet) }
        while true {
            av_packet_unref(packet)
            guard case .packet = read(into: packet) else { return nil }
            if Int(packet.pointee.stream_index) == index, let time = timestamp(packet.pointee.dts) {
                return time
            }
        }
    }
}
