import CFFmpeg

extension ReaderCore {
    /// Holds the packet back until it is due, where reading is paced.
    ///
    /// - Parameter arrival: When the packet had been read.
    /// - Returns: When it was due, or `arrival`; nil if reading is to stop.
    func waitUntilDue(_ arrival: UInt64) -> UInt64? {
        let time = timestamp(packet.pointee.dts) ?? timestamp(packet.pointee.pts)
        let shown = timestamp(packet.pointee.pts) ?? time
        // What lies before the part that is read is only decoded on the way there.
        if let shown, bounds.isBefore(shown, video.timeBase) { return arrival }
        guard let due = pacer?.due(time, unit: video.timeBase, now: arrival) else { return arrival }
        guard due > arrival else { return due }
        let isDue = flag.interruption.sleep(until: due)
        waiting += MonotonicClock.now() - arrival
        return isDue ? due : nil
    }

    /// The timing of a frame that the decoder gives out now; its work is not known yet.
    func timing(ofPacket number: Int64) -> FrameTiming {
        guard let (entry, behind) = arrivals.find(number) else {
            return FrameTiming(arrival: MonotonicClock.now(), work: 0)
        }
        let paced = FrameTiming.Capture(time: entry.arrival, source: .pacing, uncertainty: 0)
        return FrameTiming(
            arrival: entry.arrival, capture: options.isPaced ? paced : entry.capture, work: 0,
            packetsBehind: phase == .reading ? behind : nil)
    }
}
