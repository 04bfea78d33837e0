import CFFmpeg

extension ReaderCore {
    /// Failed reads in a row after which the rest of the input is given up.
    private static let patience = 1000
    /// Seconds that one stream may lie ahead of another in the file.
    private static let interleavingMargin = 10.0

    func next() throws -> MediaElement? {
        while true {
            if let packet = releaseHeld() { return .packet(packet) }
            if phase == .finished { return nil }
            if flag.isInterrupted, phase != .draining { beginDraining(interrupted: true) }
            if phase != .finishingOthers, let element = try receive() { return element }
            switch phase {
            case .finished: continue
            // A decoder that was told of the end and still wants packets has nothing left to give.
            case .draining: phase = .finished
            case .reading, .finishingOthers:
                if let element = try advance() { return element }
            }
        }
    }

    /// Takes a frame out of the decoder; nil when it wants packets or has given all.
    private func receive() throws -> MediaElement? {
        while true {
            switch try decoder.receive(into: frame) {
            case .again:
                return nil
            case .end:
                phase = .finished
                return nil
            case .damaged:
                statistics.damagedPackets += 1
                isSuspect = true
                failuresInARow += 1
                if failuresInARow >= Self.patience {
                    endedEarly = "the decoder fails on everything"
                    phase = .finished
                    return nil
                }
            case .done:
                failuresInARow = 0
                if let element = try deliver() { return element }
                if phase == .finishingOthers || phase == .finished { return nil }
            }
        }
    }

    /// Judges a decoded frame; nil when it lies outside the part that is read.
    private func deliver() throws -> MediaElement? {
        if clock.stamp(frame) { statistics.repairedTimestamps += 1 }
        let raw = frame.pointee
        if raw.key_frame != 0 { isSuspect = false }
        if raw.decode_error_flags != 0 {
            statistics.framesWithErrors += 1
            isSuspect = true
        }
        if raw.flags & AV_FRAME_FLAG_CORRUPT != 0 {
            statistics.corruptedFrames += 1
            isSuspect = true
        }
        let time = raw.pts
        if bounds.isBefore(time, video.timeBase) {
            statistics.framesBeforeStart += 1
            av_frame_unref(frame)
            return nil
        }
        if bounds.isAfter(time, video.timeBase)
            || options.maximumFrames.map({ statistics.framesDelivered >= $0 }) ?? false
        {
            av_frame_unref(frame)
            finishVideo()
            return nil
        }
        if containerAspect.isPositive {
            frame.pointee.sample_aspect_ratio = containerAspect.raw
        }
        fillInColour()
        if raw.interlaced_frame != 0 { statistics.interlacedFrames += 1 }
        let shape = (raw.width, raw.height, raw.format)
        if let lastShape, lastShape != shape { statistics.formatChanges += 1 }
        lastShape = shape
        if isSuspect { statistics.suspectFrames += 1 }
        let duration = raw.pkt_duration

        let whole = frame
        frame = try allocated(av_frame_alloc(), "a frame")
        let made = try normaliser.normalise(whole, timeBase: video.timeBase)
        statistics.convertedFrames = normaliser.convertedFrames
        statistics.framesDelivered += 1
        deliveredEnd = Double(time + duration) * video.timeBase.doubleValue
        if let limit = options.maximumFrames, statistics.framesDelivered >= limit {
            bounds.end = min(bounds.end ?? .infinity, deliveredEnd)
            finishVideo()
        }
        return .frame(made)
    }

    /// Uses the container's colour tags where the codec has none.
    private func fillInColour() {
        guard let tags = video.video?.colour else { return }
        var colour = ColourDescription(frame.pointee, pictureHeight: 0)
        if colour.matrix == .unspecified { colour.matrix = tags.matrix }
        if colour.primaries == .unspecified { colour.primaries = tags.primaries }
        if colour.transfer == .unspecified { colour.transfer = tags.transfer }
        if colour.range == .unspecified { colour.range = tags.range }
        if colour.chromaLocation == .unspecified { colour.chromaLocation = tags.chromaLocation }
        colour.apply(to: frame)
    }

    /// No more frames are wanted; other streams go on to the end of the part.
    private func finishVideo() {
        if hasPendingPacket { av_packet_unref(packet) }
        hasPendingPacket = false
        phase = options.carriesOtherStreams ? .finishingOthers : .finished
    }

    private func beginDraining(interrupted: Bool = false) {
        if interrupted { wasInterrupted = true }
        if phase == .finishingOthers {
            phase = .finished
            return
        }
        if hasPendingPacket { av_packet_unref(packet) }
        hasPendingPacket = false
        phase = .draining
        // The only answer besides success is that the end was announced before.
        if (try? decoder.send(nil)) == nil { phase = .finished }
    }

    /// Reads one packet and hands it on; gives it out if it belongs to another stream.
    private func advance() throws -> MediaElement? {
        if !hasPendingPacket {
            switch demuxer.read(into: packet) {
            case .packet: break
            case .interrupted:
                beginDraining(interrupted: true)
                return nil
            case .end:
                noteEnd()
                beginDraining()
                return nil
            case .failed(let code, let reason):
                let count = (readFailure?.count ?? 0) + 1
                readFailure = (reason, count)
                if code != YV_ERROR_INVALIDDATA || count >= Self.patience {
                    noteEnd()
                    beginDraining()
                }
                return nil
            }
            switch try accept() {
            case .used: return nil
            case .given(let element): return element
            case .forDecoder: break
            }
        }
        hasPendingPacket = true
        switch try decoder.send(packet) {
        case .again: return nil
        case .done: break
        case .end: phase = .finished
        case .damaged:
            statistics.damagedPackets += 1
            isSuspect = true
        }
        av_packet_unref(packet)
        hasPendingPacket = false
        return nil
    }

    /// What becomes of a packet.
    private enum Fate {
        case used
        case forDecoder
        case given(MediaElement)
    }

    /// Looks at a packet just read.
    private func accept() throws -> Fate {
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
        }
        let isVideo = index == video.index
        lastPacketWasCut = packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
        if let time = timestamp(packet.pointee.dts) ?? timestamp(packet.pointee.pts) {
            let end = Double(time + max(0, packet.pointee.duration)) * stream.timeBase.doubleValue
            lastTime = max(lastTime, end)
        }
        timeline.place(
            packet, timeBase: stream.timeBase,
            isContinuous: stream.kind == .video || stream.kind == .audio)
        statistics.discontinuities = timeline.discontinuities
        if isVideo, phase == .reading {
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

    /// A held packet that is known to belong to the part that is read.
    private func releaseHeld() -> MediaPacket? {
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

    /// Notes at the end of input whether it came too early.
    private func noteEnd() {
        if let failure = readFailure {
            endedEarly = failure.reason
        } else if lastPacketWasCut {
            endedEarly = "the last packet is incomplete"
        } else if let missing = missingPart() {
            endedEarly = missing
        }
    }

    /// Compares where the packets ended with where the container says they do.
    private func missingPart() -> String? {
        guard phase == .reading, let duration = info.duration, statistics.discontinuities == 0,
            demuxer.context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE,
            lastTime.isFinite
        else { return nil }
        let end = (info.startTime ?? 0) + duration
        guard end - lastTime > max(1, 0.02 * duration) else { return nil }
        func seconds(_ value: Double) -> String { String((value * 100).rounded() / 100) }
        return "the data end at \(seconds(lastTime)) of \(seconds(end)) seconds"
    }
}
