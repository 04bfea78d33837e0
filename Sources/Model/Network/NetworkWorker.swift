/// Runs a network, one frame at a time, on a thread of its own.
///
/// Both halves may be asked for from different threads (two stages of a pipeline); they run one after the
/// other on the worker's compute thread. Several workers of one network run side by side and share the
/// weights. Running a frame takes no memory of its own.
public final class NetworkWorker: Sendable {
    /// The network that it runs.
    public let network: Network
    private let backbone: GraphRun
    private let heads: GraphRun

    /// Starts a worker.
    public init(_ network: Network, name: String = "network") throws {
        self.network = network
        let thread = ComputeThread(name: name, teamSize: network.threadsPerWorker)
        // The halves take turns, so they can work in the same memory.
        let workspace = AlignedBuffer(
            byteCount: max(network.backbone.workspaceSize, network.heads.workspaceSize),
            prefersLargePages: true)
        backbone = GraphRun(try network.backbone.makeContext(workspace: workspace), thread)
        heads = GraphRun(try network.heads.makeContext(workspace: workspace), thread)
    }

    /// Computes C3, C4 and C5 of an input.
    public func runBackbone(_ input: InputTensor, into features: BackboneFeatures) throws {
        try backbone.run(inputs: input.buffers, outputs: features.buffers)
    }

    /// Computes the head outputs and prototypes from features.
    public func runHeads(_ features: BackboneFeatures, into outputs: RawOutputs) throws {
        try heads.run(inputs: features.buffers, outputs: outputs.buffers)
    }

    /// Runs the whole network once and gives the nanoseconds spent in each of ``Network/layers``.
    public func profile(
        _ input: InputTensor, _ features: BackboneFeatures, into outputs: RawOutputs
    ) throws -> [UInt64] {
        try backbone.profile(inputs: input.buffers, outputs: features.buffers)
            + heads.profile(inputs: features.buffers, outputs: outputs.buffers)
    }
}
