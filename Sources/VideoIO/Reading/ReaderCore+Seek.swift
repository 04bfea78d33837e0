import CFFmpeg

extension ReaderCore {
    /// Goes to a keyframe at or before `target`, seconds of the file's own clock.
    ///
    /// Containers without an index seek to about the right place, which may lie behind the keyframe
    /// that is needed. So the first keyframe is looked at, and the seek repeated from further back.
    /// Input that cannot seek is read from the beginning.
    func seek(to target: Double) throws {
        let unit = video.timeBase
        guard unit.isPositive else { return }
        let origin = info.startTime ?? 0
        // With B-frames the decoding order may run ahead of the presentation order.
        var back = 0.0
        while target - back > origin {
            let time = Int64(((target - back) / unit.doubleValue).rounded(.down))
            guard demuxer.seek(stream: video.index, notAfter: time) else { break }
            if let first = firstKeyframe(), first <= target + unit.doubleValue / 2 {
                if demuxer.seek(stream: video.index, notAfter: time) { return }
                break
            }
            back = back == 0 ? 1 : back * 4
        }
        if !demuxer.rewind() {
            // Nothing was consumed where seeking is impossible; frames before the start are skipped.
            guard demuxer.context.pointee.pb?.pointee.seekable == 0 else {
                throw VideoError(
                    .noInput, path: info.path, operation: "seek to \(target) seconds",
                    reason: "the container does not allow it")
            }
        }
    }

    /// Presentation time in seconds of the next video keyframe packet.
    private func firstKeyframe() -> Double? {
        defer { av_packet_unref(packet) }
        for _ in 0..<10_000 {
            av_packet_unref(packet)
            guard case .packet = demuxer.read(into: packet) else { return nil }
            guard Int(packet.pointee.stream_index) == video.index,
                packet.pointee.flags & AV_PKT_FLAG_KEY != 0,
                let time = timestamp(packet.pointee.pts) ?? timestamp(packet.pointee.dts)
            else { continue }
            return Double(time) * video.timeBase.doubleValue
        }
        return nil
    }
}
