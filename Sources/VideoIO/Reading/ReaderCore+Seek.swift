import CFFmpeg

extension ReaderCore {
    /// Goes to a keyframe from which every frame at `target` and behind it can be decoded.
    ///
    /// No seek is trusted: containers without an index go to about the right place, others by decoding time, which
    /// runs ahead of the presentation. So the first frame from there is decoded, and the seek repeated from
    /// further back until that frame lies at or before the target.
    ///
    /// - Parameter target: Seconds of the file's own clock.
    /// - Returns: false if the input has to be opened anew and read from its beginning.
    func seek(to target: Double) throws -> Bool {
        let unit = video.timeBase
        guard unit.isPositive else { return false }
        let origin = info.startTime ?? 0
        var back = 0.0
        while target - back > origin {
            let time = Int64(((target - back) / unit.doubleValue).rounded())
            guard demuxer.seek(stream: video.index, notAfter: time) else { return false }
            if try leads(to: target / unit.doubleValue + 0.5) { return true }
            back = back == 0 ? 1 : back * 4
        }
        return false
    }

    /// Looks whether decoding from here gives all frames from a time on, and leaves demuxer and decoder as they
    /// were, but for video packets before the first keyframe: nothing can be made of those.
    ///
    /// - Parameter latest: The time, and half a unit for rounding, in the video's units.
    private func leads(to latest: Double) throws -> Bool {
        let complaints = decoder.complaints
        defer {
            av_packet_unref(packet)
            av_frame_unref(frame)
            decoder.flush()
            // Pictures that lean on what lies before the keyframe: it will say the same again.
            decoder.ignore(complaints: 2 * (decoder.complaints - complaints))
        }
        var seen: [AheadPacket] = []
        var keyframe: Int64?
        while true {
            if let keyframe {
                switch try decoder.receive(into: frame) {
                case .done:
                    // Frames that are shown before their keyframe lean on what lies before it.
                    let time = timestamp(frame.pointee.best_effort_timestamp)
                    if let time, time < keyframe { continue }
                    // Not every packet that is marked as a keyframe is one.
                    guard let time, Double(time) <= latest, yv_frame_is_key(frame),
                        !frame.hasErrors
                    else { return false }
                    demuxer.putBack(seen)
                    return true
                case .again: break
                case .end, .damaged: return false
                }
            }
            av_packet_unref(packet)
            switch demuxer.read(into: packet) {
            case .packet(let complaint):
                guard Int(packet.pointee.stream_index) == video.index else {
                    seen.append(try AheadPacket(packet, complaint: complaint))
                    continue
                }
                if keyframe == nil {
                    let time = timestamp(packet.pointee.pts) ?? timestamp(packet.pointee.dts)
                    if let time, Double(time) > latest { return false }
                    guard packet.pointee.flags & AV_PKT_FLAG_KEY != 0 else { continue }
                    guard let time else { return false }
                    keyframe = time
                }
                seen.append(try AheadPacket(packet, complaint: complaint))
                guard case .done = try decoder.send(packet) else { return false }
            case .end where keyframe != nil:
                guard case .done = try decoder.send(nil) else { return false }
            case .interrupted: return true
            case .end, .failed: return false
            }
        }
    }
}

extension UnsafeMutablePointer<AVFrame> {
    /// Whether the decoder has marked it as damaged.
    fileprivate var hasErrors: Bool {
        pointee.decode_error_flags != 0 || pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
    }
}
