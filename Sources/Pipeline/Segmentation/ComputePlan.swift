/// What a run of the pipeline is tuned for.
public enum ComputeMode: String, Sendable, CaseIterable {
    /// Every frame as soon as possible: one network on all cores.
    case latency
    /// As many frames a second as possible: a network for each core.
    case throughput
}

/// How the network shares the cores.
///
/// Threads of one network wait for each other at the end of every layer, and a stage that takes a core
/// meanwhile (the encoder, say) holds up all of them. Networks side by side, of one thread each, wait for
/// nobody, so they finish more frames a second; but a frame takes as many times longer. The figures are in
/// docs/performance.md.
public struct ComputePlan: Sendable, Hashable {
    /// Networks that run side by side, each on a frame of its own.
    public var workers: Int
    /// Threads that each of them computes with.
    public var threadsPerWorker: Int

    /// Creates a plan.
    public init(workers: Int, threadsPerWorker: Int) {
        precondition(workers > 0 && threadsPerWorker > 0)
        self.workers = workers
        self.threadsPerWorker = threadsPerWorker
    }

    /// So many networks with so many threads in all, which they share equally.
    public init(networks: Int, threads: Int) {
        precondition(networks > 0 && threads >= networks)
        self.init(workers: networks, threadsPerWorker: threads / networks)
    }

    /// The plan of a mode for a number of threads.
    ///
    /// Each worker holds the memory of a frame under way, about 110 MB for ResNet-50 at 550 pixels, so
    /// there are at most eight; beyond that each gets more threads, as equally as it goes: 12 make 6 x 2.
    public init(mode: ComputeMode, threads: Int) {
        let threads = max(1, threads)
        switch mode {
        case .latency: self.init(workers: 1, threadsPerWorker: threads)
        case .throughput:
            let threadsPerWorker = (threads + 7) / 8
            self.init(workers: threads / threadsPerWorker, threadsPerWorker: threadsPerWorker)
        }
    }
}
