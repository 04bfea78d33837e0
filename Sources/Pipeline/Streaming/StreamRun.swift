import Foundation
public import Model
import Synchronization
import VideoIO

/// Reads any number of cameras, runs one network over their frames in turn, and shows the result.
///
/// Each camera has a thread that reads and decodes, and one that paints and encodes; the network has
/// ``StreamOptions/workers`` of its own. Cameras meet only where the network takes its next frame, and no
/// camera waits there for another. Frames that the network has no time for are left out and counted.
public final class StreamRun: Sendable {
    private let cameras: [Camera]
    private let options: StreamOptions
    private let network: Network
    private let exchange: FrameExchange
    private let records: StreamRecordLog?
    private let audience: (any StreamAudience)?
    private let log: StreamLog
    private let threads = DispatchGroup()
    private let started = Mutex<UInt64?>(nil)

    private struct Camera: Sendable {
        var source: StreamSource
        var reader: LiveReader
        var interruption: Interruption
        var slot: PresentationSlot
        var monitor: CameraMonitor
        var latency: StreamLatency
        var outputs: [StreamOutput]
        let sizes = SizeUnifier()
    }

    /// Prepares a run; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - sources: The cameras.
    ///   - network: What runs over their frames.
    ///   - options: See ``StreamOptions``.
    ///   - outputs: Outputs of each camera, as many lists as cameras.
    ///   - records: Where instances are written, if anywhere. Closed by whoever made it.
    ///   - audience: Who looks on, if anybody.
    ///   - log: Told of what happens.
    public init(
        _ sources: [StreamSource], network: Network, options: StreamOptions = StreamOptions(),
        outputs: [[StreamOutput]] = [], records: StreamRecordLog? = nil,
        audience: (any StreamAudience)? = nil, log: @escaping StreamLog = { _ in }
    ) {
        precondition(!sources.isEmpty && (outputs.isEmpty || outputs.count == sources.count))
        self.options = options
        self.network = network
        self.records = records
        self.audience = audience
        self.log = log
        let latencies = sources.map { _ in
            StreamLatency(
                options.latency, workers: max(1, options.workers),
                depth: options.keepsAllFrames ? FrameExchange.depth : 1)
        }
        exchange = FrameExchange(
            sources: sources.count, keepsAll: options.keepsAllFrames,
            limit: options.maximumLatency, quota: options.maximumFrames,
            drops: latencies.map(\.drops))
        cameras = sources.enumerated().map { index, source in
            var reading = options.reading
            reading.interruption = Interruption()
            return Camera(
                source: source, reader: LiveReader(source.address, options: reading),
                interruption: reading.interruption, slot: PresentationSlot(),
                monitor: CameraMonitor(source), latency: latencies[index],
                outputs: outputs.isEmpty ? [] : outputs[index])
        }
    }

    /// Runs until all cameras have ended, or ``stop()``, or the time is over. Blocks.
    ///
    /// That a camera gave no frame, or an output took none, is no error here: see ``status``.
    ///
    /// - Throws: What setting up the network or the label font throws.
    public func run() throws {
        let segmenters = try (0..<max(1, options.workers)).map { _ in
            Handover(
                try Segmenter(
                    network, detection: options.detection, selection: options.selection,
                    cropsToBox: options.cropsMasks,
                    keepsSoftMasks: options.tracking?.needsSoftMasks ?? false))
        }
        let presenters = try cameras.indices.map { Handover(try presenter($0)) }
        started.withLock { $0 = PipelineClock.monotonic.now() }
        let timer = options.duration.map { seconds in
            let item = DispatchWorkItem { [weak self] in self?.stop() }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: item)
            return item
        }
        let showing = DispatchGroup()
        for (index, camera) in cameras.enumerated() {
            start("camera \(camera.source.name)", threads) { [self] in read(index) }
            let presenter = presenters[index]
            start("show \(camera.source.name)", showing) { presenter.value.run() }
        }
        for (worker, segmenter) in segmenters.enumerated() {
            start("network", threads) { [self] in process(segmenter.value, worker) }
        }
        threads.wait()
        for camera in cameras { camera.slot.close() }
        showing.wait()
        timer?.cancel()
        closeOutputs()
    }

    /// Ends the run within a second: cameras are left, frames that wait are dropped, outputs completed. Any
    /// thread, any time.
    public func stop() {
        for (index, camera) in cameras.enumerated() {
            camera.interruption.interrupt()
            exchange.close(index, discardsWaiting: true)
        }
    }

    /// How everything is doing. Any thread, any time.
    public var status: [CameraStatus] {
        cameras.enumerated().map { index, camera in
            var status = camera.monitor.snapshot
            status.counts = exchange.counts(index)
            status.reading = camera.reader.statistics
            status.outputs = camera.outputs.map(\.currentStatus)
            return status
        }
    }

    /// Names of the stages whose times ``measures`` has.
    public var stages: [StageDescription] { cameras[0].latency.stages }

    /// The times of all frames of each camera so far. Any thread; copies a few megabytes.
    public var measures: [LatencyMeasures] { cameras.map(\.latency.measures) }

    /// Where each frame's time went, by camera. Only when the run has ended, and only as much as
    /// ``StreamOptions/latency`` asks for.
    public var latencies: [LatencyRun] {
        cameras.enumerated().map { index, camera in
            let rate = camera.monitor.snapshot.frameRate?.doubleValue ?? 0
            return camera.latency.finish(
                counts: exchange.counts(index),
                framePeriod: rate > 0 && rate.isFinite ? .seconds(1 / rate) : nil,
                wall: .seconds(elapsed))
        }
    }

    /// Frames of all cameras that went through the network. Any thread.
    public var framesProcessed: Int {
        cameras.indices.reduce(0) { $0 + exchange.counts($1).processed }
    }

    /// Seconds since the run began.
    public var elapsed: Double {
        guard let begin = started.withLock({ $0 }) else { return 0 }
        return Double(PipelineClock.monotonic.now() - begin) / 1e9
    }

    private func start(
        _ name: String, _ group: DispatchGroup, _ body: @escaping @Sendable () -> Void
    ) {
        group.enter()
        let thread = Thread {
            body()
            group.leave()
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func presenter(_ index: Int) throws -> StreamPresenter {
        let camera = cameras[index]
        return try StreamPresenter(
            StreamPresenter.Surroundings(
                index: index, source: camera.source, options: options,
                classNames: network.configuration.classNames, exchange: exchange,
                interruption: camera.interruption, slot: camera.slot, monitor: camera.monitor,
                latency: camera.latency, outputs: camera.outputs,
                records: records, audience: audience, log: log))
    }

    /// What a network's thread does.
    private func process(_ segmenter: Segmenter, _ worker: Int) {
        while let item = exchange.take() {
            let camera = cameras[item.source]
            let start = PipelineClock.monotonic.now()
            do {
                let instances = try item.frame.withImage { try segmenter.segment($0) }
                camera.slot.put(
                    PresentationSlot.Finished(
                        item: item, instances: instances, worker: worker,
                        network: (start, PipelineClock.monotonic.now())))
            } catch {
                camera.monitor.update { $0.lastError = "\(error)" }
                exchange.finish(item, droppedFor: .failed, service: 0)
            }
        }
    }

    /// What a camera's thread does.
    private func read(_ index: Int) {
        let camera = cameras[index]
        var unseen = 0
        do {
            while let event = try camera.reader.next() {
                follow(event, of: index)
                let known = camera.reader.statistics.reading.packetsBeforeKeyframe
                exchange.note(known - unseen, droppedFor: .beforeKeyframe, from: index)
                unseen = known
            }
        } catch {
            camera.monitor.update {
                $0.lastError = "\(error)"
                $0.fatal = "\(error)"
            }
            if cameras.count > 1 {
                log(StreamMessage(.error, "\(camera.source.name): \(error)"))
            }
        }
        let known = camera.reader.statistics.reading.packetsBeforeKeyframe
        exchange.note(known - unseen, droppedFor: .beforeKeyframe, from: index)
        camera.monitor.update { $0.state = .ended }
        exchange.close(index, discardsWaiting: camera.interruption.isRequested)
    }

    private func follow(_ event: LiveEvent, of index: Int) {
        let camera = cameras[index]
        let name = camera.source.name
        switch event {
        case .opening:
            camera.monitor.update { if $0.state != .away { $0.state = .connecting } }
        case .opened(let info):
            let video = info.videoStream?.video
            let rate = video?.averageFrameRate ?? video?.frameRate
            camera.monitor.update { if let rate { $0.frameRate = rate } }
            camera.latency.note(DecoderDelay(reading: info))
            camera.latency.note("connected", at: PipelineClock.monotonic.now())
            var said = "\(name): connected to \(camera.reader.name)"
            if let codec = info.videoStream?.codec { said += ": \(codec)" }
            // Some cameras tell their size with the first picture only.
            if let video, video.width > 0 { said += ", \(video.width) x \(video.height)" }
            log(StreamMessage(.info, said))
        case .frame(let frame):
            let arrival = frame.timing?.arrival ?? PipelineClock.monotonic.now()
            camera.monitor.noteArrival(PipelineClock.monotonic.now())
            camera.monitor.update {
                $0.state = .live
                $0.width = frame.width
                $0.height = frame.height
            }
            do {
                exchange.offer(try camera.sizes.unify(frame), arrival: arrival, from: index)
            } catch {
                camera.monitor.update { $0.lastError = "\(error)" }
                exchange.note(1, droppedFor: .failed, from: index)
            }
        case .lost(let loss):
            camera.monitor.update {
                $0.state = .away
                $0.lastError = loss.reason
                if loss.retriesAfter == nil { $0.fatal = loss.reason }
            }
            camera.latency.note("lost: \(loss.reason)", at: PipelineClock.monotonic.now())
            guard let delay = loss.retriesAfter else {
                return log(StreamMessage(.error, "\(name): given up: \(loss.reason)"))
            }
            // What goes on for days is told at longer and longer intervals.
            guard loss.failures & (loss.failures - 1) == 0 else { return }
            let seconds = String(format: "%.1f", delay)
            log(StreamMessage(.warning, "\(name): \(loss.reason); again in \(seconds) s"))
        }
    }

    private func closeOutputs() {
        let closing = DispatchGroup()
        for output in cameras.flatMap(\.outputs) {
            // Side by side: each may take its time.
            start("close", closing) { output.close() }
        }
        closing.wait()
    }
}
