/// Runs a network, one frame at a time, on a thread of its own.
///
/// Both halves may be asked for from different threads (two stages of a pipeline); they run one after the
/// other on the worker's compute thread. Several workers of one network run side by side and share the
/// weights.
///
/// `@unchecked Sendable`: the contexts are touched on the compute thread only.
public final class NetworkWorker: @unchecked Sendable {
    /// The network that it runs.
    public let network: Network
    private let thread: ComputeThread
    private let backboneContext: any GraphContext
    private let headsContext: any GraphContext

    /// Starts a worker.
    public init(_ network: Network, name: String = "network") throws {
        self.network = network
        thread = ComputeThread(name: name, teamSize: network.threadsPerWorker)
        // The halves take turns, so they can work in the same memory.
        let workspace = AlignedBuffer(
            byteCount: max(network.backbone.workspaceSize, network.heads.workspaceSize),
            prefersLargePages: true)
        backboneContext = try network.backbone.makeContext(workspace: workspace)
        headsContext = try network.heads.makeContext(workspace: workspace)
    }

    /// Computes C3, C4 and C5 of an input.
    public func runBackbone(_ input: InputTensor, into features: BackboneFeatures) throws {
        try thread.run { [backboneContext] () throws(ComputeError) in
            try backboneContext.run(inputs: [input.buffer], outputs: features.buffers)
        }
    }

    /// Computes the head outputs and prototypes from features.
    public func runHeads(_ features: BackboneFeatures, into outputs: RawOutputs) throws {
        try thread.run { [headsContext] () throws(ComputeError) in
            try headsContext.run(inputs: features.buffers, outputs: outputs.buffers)
        }
    }

    /// Runs the whole network once and gives the nanoseconds spent in each of ``Network/layers``.
    public func profile(
        _ input: InputTensor, _ features: BackboneFeatures, into outputs: RawOutputs
    ) throws -> [UInt64] {
        try thread.run { [backboneContext, headsContext] () throws(ComputeError) in
            try backboneContext.profile(inputs: [input.buffer], outputs: features.buffers)
                + headsContext.profile(inputs: features.buffers, outputs: outputs.buffers)
        }
    }
}
