import CFFmpeg

extension ReaderCore {
    /// Failed reads in a row after which the rest of the input is given up.
    private static let patience = 1000

    func next() throws -> MediaElement? {
        let start = MonotonicClock.now()
        waiting = 0
        let element = try nextElement()
        work += MonotonicClock.now() - start - waiting
        if case .frame(let frame) = element {
            frame.timing?.work = work
            work = 0
        }
        return element
    }

    private func nextElement() throws -> MediaElement? {
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
                noteComplaints()
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
        if clock.stamp(frame, reordering: decoder.delay.reordering) {
            statistics.repairedTimestamps += 1
        }
        let raw = frame.pointee
        // A keyframe from before the damage may still come out of the decoder.
        let number = yv_frame_packet_number(frame)
        if yv_frame_is_key(frame), !options.isLive || number >= suspectSince {
            isSuspect = false
        }
        if raw.decode_error_flags != 0 {
            statistics.framesWithErrors += 1
            isSuspect = true
        }
        if raw.flags & AV_FRAME_FLAG_CORRUPT != 0 {
            statistics.corruptedFrames += 1
            isSuspect = true
        }
        noteComplaints()
        let time = raw.pts
        let duration = yv_frame_duration(frame)
        let unit = video.timeBase.doubleValue
        let missing = losses.noteFrame(
            time: Double(time) * unit, duration: Double(duration) * unit)
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
        if missing > 0 {
            statistics.missingFrames += missing
            noteLoss(at: deliveredEnd)
        }
        if containerAspect.isPositive {
            frame.pointee.sample_aspect_ratio = containerAspect.raw
        }
        fillInColour()
        if yv_frame_is_interlaced(frame) { statistics.interlacedFrames += 1 }
        let shape = (raw.width, raw.height, raw.format)
        if let lastShape, lastShape != shape { statistics.formatChanges += 1 }
        lastShape = shape
        if isSuspect { statistics.suspectFrames += 1 }

        let whole = frame
        frame = try allocated(av_frame_alloc(), "a frame")
        let made = try normaliser.normalise(whole, timeBase: video.timeBase)
        statistics.convertedFrames = normaliser.convertedFrames
        made.isSuspect = isSuspect
        made.timing = timing(ofPacket: number)
        made.sourceTime = sourceClock.seconds(time)
        statistics.framesDelivered += 1
        deliveredEnd = Double(time + duration) * unit
        if let limit = options.maximumFrames, statistics.framesDelivered >= limit {
            bounds.end = min(bounds.end ?? .infinity, deliveredEnd)
            finishVideo()
        }
        return .frame(made)
    }

    /// Looks at what the decoder has told in its log since.
    private func noteComplaints() {
        let count = decoder.complaints
        guard count > statistics.decoderErrors else { return }
        statistics.decoderErrors = count
        statistics.latestDecoderError = decoder.latestComplaint
        isSuspect = true
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
            let start = MonotonicClock.now()
            let outcome = demuxer.read(into: packet)
            let arrival = MonotonicClock.now()
            waiting += arrival - start
            switch outcome {
            case .packet(let complaint):
                if complaint != nil { losses.noteDamage() }
                if Int(packet.pointee.stream_index) == video.index {
                    lastVideoArrival = arrival
                } else if isVideoSilent {
                    av_packet_unref(packet)
                    readFailure = ("no video for \(options.deadline ?? 0) seconds", 1)
                    noteEnd()
                    beginDraining()
                    return nil
                }
            case .interrupted:
                beginDraining(interrupted: true)
                return nil
            case .end(let complaint):
                if complaint != nil { losses.noteDamage() }
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
            case .forDecoder:
                let capture = senderClock.capture(of: packet, arrival: arrival)
                guard let arrival = waitUntilDue(arrival) else {
                    av_packet_unref(packet)
                    beginDraining(interrupted: true)
                    return nil
                }
                pendingNumber = arrivals.note(arrival, capture: capture)
            }
        }
        hasPendingPacket = true
        switch try decoder.send(packet, number: pendingNumber) {
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
}
