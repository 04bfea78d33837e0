import CFFmpeg

extension ReaderCore {
    /// Notes at the end of input whether it came too early.
    func noteEnd() {
        guard let reason = reasonOfEnd() else { return }
        endedEarly = reason + (missingInIndex().map { ": \($0)" } ?? "")
    }

    private func reasonOfEnd() -> String? {
        if isEncrypted { return "the video is encrypted" }
        if let failure = readFailure { return failure.reason }
        if lastPacketWasCut { return "the last packet is incomplete" }
        guard phase == .reading else { return nil }
        let file = demuxer.file
        if let file, info.formatName.contains("mp4"), let place = FragmentedFile.damage(path: file)
        {
            return "the file is damaged at byte \(place), and what follows cannot be found"
        }
        if missingInIndex() != nil { return "the file is cut off" }
        if let size = file.flatMap({ StatedSize.ofCutFile(path: $0) }) {
            return "the file is cut off: \(size.isThere) of \(size.stated) bytes are there"
        }
        return missingBehindDamage()
    }

    /// How many frames the index has behind the last packet.
    ///
    /// The index of a QuickTime file lists all samples. Elsewhere it lists keyframes, or what has been read.
    private func missingInIndex() -> String? {
        guard phase == .reading, info.formatName.contains("mp4"),
            let stream = demuxer.context.pointee.streams[video.index], let lastVideoTime
        else { return nil }
        let count = avformat_index_get_entries_count(stream)
        let last = av_index_search_timestamp(
            stream, lastVideoTime, AVSEEK_FLAG_ANY | AVSEEK_FLAG_BACKWARD)
        guard last >= 0, last + 1 < count else { return nil }
        return "\(count - last - 1) of \(count) frames in its index are missing"
    }

    /// Compares where the packets ended with where the container says they do.
    ///
    /// A stated duration alone proves nothing: it may be an estimate, a mistake, or that of a loop. It is
    /// believed where damage was met behind the last video packet.
    private func missingBehindDamage() -> String? {
        guard losses.hasOpenDamage, let duration = info.duration, statistics.discontinuities == 0,
            demuxer.context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE,
            lastTime.isFinite
        else { return nil }
        // Some Matroska writers state a duration that counts from 0, wherever the first packet is.
        let isMatroska = info.formatName.contains("matroska")
        let end = isMatroska ? duration : (info.startTime ?? 0) + duration
        guard end - lastTime > 0.2 else { return nil }
        func seconds(_ value: Double) -> String { String((value * 100).rounded() / 100) }
        return "the data end at \(seconds(lastTime)) of \(seconds(end)) seconds"
    }
}
