import Foundation
import Model
import VideoIO

/// Paints a camera's finished frames and hands them to its outputs, the records and the audience; keeps
/// pictures coming while the camera is away. Lives on a thread of its own.
final class StreamPresenter {
    /// What the presenter works with.
    struct Surroundings: Sendable {
        var index: Int
        var source: StreamSource
        var options: StreamOptions
        var classNames: [String]
        var exchange: FrameExchange
        var interruption: Interruption
        var slot: PresentationSlot
        var monitor: CameraMonitor
        var latency: StreamLatency
        var outputs: [StreamOutput]
        var records: StreamRecordLog?
        var audience: (any StreamAudience)?
        var log: StreamLog
    }

    /// The last picture, as it was written.
    private struct Last {
        var frame: VideoFrame
        var ticks: Int64
        var time: UInt64
    }

    /// A camera that sends nothing for this long is away, in nanoseconds.
    private static let grace: UInt64 = 700_000_000

    private let with: Surroundings
    private let painter: OverlayPainter
    private let notices: NoticePainter
    private let tracker: FrameTracker?
    private var encoder: LiveEncoder?
    private var encoderRetryAt: UInt64 = 0
    private var last: Last?
    private var nextRepeat: UInt64 = 0
    private var line = OutputLine()
    private var awaySince: Date?
    private var noticed: (text: String, frame: VideoFrame)?
    private var lastPicture: UInt64 = 0
    private var hasComplained = false

    init(_ surroundings: Surroundings) throws {
        with = surroundings
        painter = try OverlayPainter(
            options: with.options.overlay, classNames: with.classNames)
        notices = try NoticePainter(options: with.options.overlay)
        tracker = with.options.tracking.map { FrameTracker(options: $0) }
    }

    func run() {
        while true {
            switch with.slot.take(until: nextWake) {
            case .closed: return finish()
            case .timeout: repeatLast()
            case .finished(let finished):
                // From here on the network may work on the camera's next frame.
                let service = finished.network.end - finished.network.start
                if with.exchange.finish(finished.item, service: service) {
                    with.interruption.interrupt()
                }
                present(finished)
            }
        }
    }

    /// When the last picture is due again, should the camera be away by then.
    private var nextWake: UInt64? {
        guard last != nil, with.options.onLoss != .stop else { return nil }
        return max(with.monitor.lastArrival + Self.grace, nextRepeat)
    }

    /// Nanoseconds between pictures while the camera is away.
    private var period: UInt64 {
        let rate = with.monitor.snapshot.frameRate?.doubleValue ?? 0
        return UInt64(1e9 / (rate.isFinite && rate > 0 ? min(max(rate, 1), 60) : 25))
    }

    private func present(_ finished: PresentationSlot.Finished) {
        var finished = finished
        let frame = finished.item.frame
        awaySince = nil
        noticed = nil
        do {
            let start = PipelineClock.monotonic.now()
            if let tracker {
                finished.instances = tracker.update(
                    finished.instances, frame: frame, number: finished.item.number
                ).map(\.instance)
            }
            let tracked = PipelineClock.monotonic.now()
            try paint(finished.instances, on: frame)
            let painted = PipelineClock.monotonic.now()
            try write(frame)
            let now = PipelineClock.monotonic.now()
            with.latency.add(
                StreamLatency.Way(
                    item: finished.item, worker: finished.worker, network: finished.network,
                    track: start, paint: tracked, encode: painted, written: now,
                    instances: finished.instances.count))
            last = Last(frame: frame, ticks: frame.presentationTimestamp ?? 0, time: now)
            let arrival = finished.item.arrival
            with.monitor.notePresented(
                now - min(arrival, now), at: now,
                finished.instances.map {
                    CameraStatus.Instance(
                        category: with.classNames.name(ofClass: $0.classIndex), score: $0.score)
                }, suspect: frame.isSuspect)
            try record(finished)
            show(frame, now)
        } catch {
            complain(error)
        }
    }

    private func paint(_ instances: [Instance], on frame: VideoFrame) throws {
        let isMarked = frame.isSuspect && with.options.marksSuspect
        // Nobody looks: nothing needs painting.
        guard !with.outputs.isEmpty || with.audience != nil else { return }
        if !instances.isEmpty {
            try frame.withMutablePlanes { planes in
                try painter.paint(
                    instances, on: planes, format: frame.format, width: frame.width,
                    height: frame.height, colour: frame.overlayColourSpace)
            }
        }
        if isMarked { try notices.paint("picture may be damaged", on: frame) }
    }

    private func record(_ finished: PresentationSlot.Finished) throws {
        guard with.records != nil || with.audience != nil else { return }
        let frame = finished.item.frame
        let record = try FrameRecord(
            frame: finished.item.number, time: frame.presentationTime,
            instances: finished.instances, classNames: with.classNames, width: frame.width,
            height: frame.height)
        let line = StreamRecord(
            source: with.source.name, received: Date(), isSuspect: frame.isSuspect, record: record
        ).line
        with.records?.append(line)
        with.audience?.tell(line, of: with.index)
    }

    /// Gives the picture to viewers, no more often than they can tell.
    private func show(_ frame: VideoFrame, _ now: UInt64) {
        guard let audience = with.audience, audience.wantsPicture(of: with.index),
            now - min(lastPicture, now) >= 60_000_000
        else { return }
        lastPicture = now
        do {
            audience.show(
                try frame.jpeg(
                    x: 0, y: 0, width: frame.width, height: frame.height, largestSide: 1280),
                of: with.index)
        } catch {
            complain(error)
        }
    }

    private func write(_ frame: VideoFrame) throws {
        guard !with.outputs.isEmpty, PipelineClock.monotonic.now() >= encoderRetryAt else { return }
        let time = frame.presentationTimestamp ?? 0
        let placed = line.place(time, period: Double(period) / 1e9)
        let frame =
            placed == time
            ? frame
            : try frame.retimed(to: placed, timeBase: frame.timeBase, duration: frame.duration)
        do {
            let encoder =
                self.encoder
                ?? LiveEncoder(
                    name: with.outputs[0].currentStatus.name,
                    frameRate: with.monitor.snapshot.frameRate, options: with.options.encoding)
            self.encoder = encoder
            for packet in try encoder.encode(frame) { offer(packet, encoder) }
        } catch {
            // A new encoder may do better, say after a change of the picture's size.
            encoder = nil
            encoderRetryAt = PipelineClock.monotonic.now() + 1_000_000_000
            complain(error)
        }
    }

    private func offer(_ packet: LivePacket, _ encoder: LiveEncoder) {
        guard let stream = encoder.stream else { return }
        for output in with.outputs { output.offer(packet, stream: stream) }
    }

    /// Writes the last picture again if the camera is away.
    private func repeatLast() {
        guard let last else { return }
        let now = PipelineClock.monotonic.now()
        guard now >= with.monitor.lastArrival + Self.grace else { return }
        nextRepeat = max(nextRepeat + period, now)
        if nextRepeat == now { nextRepeat = now + period }
        let since = awaySince ?? Date(timeIntervalSinceNow: -Double(Self.grace) / 1e9)
        awaySince = since
        do {
            let ticks = last.ticks + Int64(Double(now - min(last.time, now)) * 90_000 / 1e9)
            let duration = Int64(Double(period) * 90_000 / 1e9)
            let picture = try shown(last.frame, since: since)
                .retimed(to: ticks, timeBase: Rational(1, 90_000), duration: duration)
            try write(picture)
            with.monitor.update { $0.repeated += 1 }
            show(picture, now)
        } catch {
            complain(error)
        }
    }

    /// The last picture, with a notice if there is to be one.
    private func shown(_ frame: VideoFrame, since: Date) throws -> VideoFrame {
        guard with.options.onLoss == .notice else { return frame }
        let text = "no signal since \(since.ISO8601Format())"
        if let noticed, noticed.text == text { return noticed.frame }
        let copy = try frame.retimed(to: 0, timeBase: frame.timeBase, duration: 0)
        try notices.paint(text, on: copy)
        noticed = (text, copy)
        return copy
    }

    private func finish() {
        guard let encoder, let stream = encoder.stream else { return }
        do {
            for packet in try encoder.finish() {
                for output in with.outputs { output.offer(packet, stream: stream) }
            }
        } catch {
            complain(error)
        }
    }

    private func complain(_ error: any Error) {
        with.monitor.update {
            $0.presentationFailures += 1
            $0.lastError = "\(error)"
        }
        if !hasComplained { with.log(StreamMessage(.error, "\(with.source.name): \(error)")) }
        hasComplained = true
    }
}
