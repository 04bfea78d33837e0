import CFFmpeg

extension ReaderCore {
    /// Seconds that one stream may lie ahead of another in the file.
    private static let interleavingMargin = 10.0

    /// What becomes of a packet.
    enum Fate {
        case used
        case forDecoder
        case given(MediaElement)
    }

    /// Looks at a packet just read.
    func accept() throws -> Fate {
        let index = Int(packet.pointee.stream_index)
        guard info.streams.indices.contains(index) else {
            // A stream that appeared after opening; nothing is set up for it.
            av_packet_unref(packet)
            return .used
        }
        let stream = info.streams[index]
        if let failure = readFailure {
            // It went on after all: the packets in between were damaged.
            statistics.damagedPackets += failure.count
            isSuspect = true
            readFailure = nil
            losses.noteDamage()
        }
        let isVideo = index == video.index
        Timeline.dropImpossibleTimestamps(packet)
        lastPacketWasCut = packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
        if isVideo {
            lastVideoTime = timestamp(packet.pointee.dts)
            if av_packet_get_side_data(packet, AV_PKT_DATA_ENCRYPTION_INFO, nil) != nil {
                // A decoder would take it for a picture.
                isEncrypted = true
                statistics.damagedPackets += 1
                av_packet_unref(packet)
                return .used
            }
        }
        if let time = timestamp(packet.pointee.dts) ?? timestamp(packet.pointee.pts) {
            let end = Double(time + max(0, packet.pointee.duration)) * stream.timeBase.doubleValue
            lastTime = max(lastTime, end)
        }
        timeline.place(
            packet, timeBase: stream.timeBase,
            isContinuous: stream.kind == .video || stream.kind == .audio)
        statistics.discontinuities = timeline.discontinuities
        lookForLosses(stream)
        noteNetworkLosses()
        if isVideo, phase == .reading {
            if awaitsKeyframe {
                guard packet.pointee.flags & AV_PKT_FLAG_KEY != 0 else {
                    statistics.packetsBeforeKeyframe += 1
                    lastVideoArrival = MonotonicClock.now()
                    av_packet_unref(packet)
                    return .used
                }
                awaitsKeyframe = false
                isSuspect = false
            }
            if options.isLive, let time = timestamp(packet.pointee.dts), gaps.isGap(before: time) {
                isSuspect = true
            }
            if lastPacketWasCut {
                statistics.damagedPackets += 1
                isSuspect = true
            }
            return .forDecoder
        }
        defer { av_packet_unref(packet) }
        if phase == .finishingOthers, isPastEnd(stream) {
            phase = .finished
            return .used
        }
        guard !isVideo, options.carriesOtherStreams, !stream.isAttachedPicture,
            isInside(stream)
        else { return .used }
        let kept = try MediaPacket(moving: packet, timeBase: stream.timeBase)
        if options.maximumFrames != nil {
            // Where the part ends is known only when its last frame has been decoded.
            held.append(kept)
            return .used
        }
        statistics.packetsDelivered += 1
        return .given(.packet(kept))
    }

    /// Tells the loss detector of a packet, whose timestamps are on the shifted line by now.
    private func lookForLosses(_ stream: StreamInfo) {
        if let end = damagedProbe {
            losses.noteDamage()
            if packet.pointee.pos > end { damagedProbe = nil }
        }
        let isVideo = stream.index == video.index
        // A cut packet lies before or behind what is missing. One of another stream tells too: where
        // nothing is left of a packet, nothing is marked.
        if lastPacketWasCut { losses.noteDamage() }
        let unit = stream.timeBase.doubleValue
        let duration = Double(max(0, packet.pointee.duration)) * unit
        guard let stamp = timestamp(packet.pointee.pts) ?? timestamp(packet.pointee.dts) else {
            return
        }
        let time = Double(stamp) * unit
        if isVideo {
            losses.noteVideo(time: time, duration: duration)
            if lastPacketWasCut { losses.noteDamage() }
        } else if stream.kind == .audio {
            let missing = losses.noteSound(stream: stream.index, time: time, duration: duration)
            guard missing > 0, !bounds.isBefore(stamp, stream.timeBase),
                !bounds.isAfter(stamp, stream.timeBase)
            else { return }
            statistics.missingSound += missing
            noteLoss(at: time - missing)
        }
    }

    /// Remembers where the first loss is.
    func noteLoss(at time: Double) {
        statistics.firstLoss = min(statistics.firstLoss ?? .infinity, time)
    }

    /// Looks at what the demuxer has told about the network since.
    private func noteNetworkLosses() {
        guard demuxer.reportedLosses != knownLosses else { return }
        statistics.losses = demuxer.reportedLosses
        knownLosses = demuxer.reportedLosses
        isSuspect = true
    }

    /// Whether live video has fallen silent although other streams go on.
    var isVideoSilent: Bool {
        guard options.isLive, let deadline = options.deadline else { return false }
        return Double(MonotonicClock.now() - lastVideoArrival) / 1e9 > deadline
    }

    /// A held packet that is known to belong to the part that is read.
    func releaseHeld() -> MediaPacket? {
        while let first = held.first {
            let time = first.presentationTimestamp ?? first.decodingTimestamp
            let seconds = time.map { Double($0) * first.timeBase.doubleValue } ?? -.infinity
            let isOver = phase == .finished || phase == .finishingOthers
            guard isOver || seconds < deliveredEnd else { return nil }
            held.removeFirst()
            if let time, bounds.isAfter(time, first.timeBase) { continue }
            statistics.packetsDelivered += 1
            return first
        }
        return nil
    }

    /// Whether a packet of another stream belongs to the part that is read.
    private func isInside(_ stream: StreamInfo) -> Bool {
        guard let time = timestamp(packet.pointee.pts) ?? timestamp(packet.pointee.dts) else {
            return true
        }
        return !bounds.isBefore(time, stream.timeBase) && !bounds.isAfter(time, stream.timeBase)
    }

    /// Whether everything that belongs to the part has been read: every audio stream has come to its
    /// end, or one stream is so far ahead that nothing can be expected of the others.
    private func isPastEnd(_ stream: StreamInfo) -> Bool {
        guard let end = bounds.end,
            let time = timestamp(packet.pointee.dts) ?? timestamp(packet.pointee.pts)
        else { return false }
        let seconds = Double(time) * stream.timeBase.doubleValue
        guard seconds >= end else { return false }
        unfinishedAudio.remove(stream.index)
        return unfinishedAudio.isEmpty || seconds >= end + Self.interleavingMargin
    }
}
