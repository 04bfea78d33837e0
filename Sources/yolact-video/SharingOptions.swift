import ArgumentParser
import Pipeline

/// How networks side by side share the cores, for the commands that run a video or a data set.
struct SharingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Networks side by side, which share --threads equally (default: as --mode has it; 'bench \
            --scaling' tells which is fastest).
            """, valueName: "count"))
    var networks: Int?

    func validate() throws {
        guard let networks, !(1...256).contains(networks) else { return }
        throw ValidationError("--networks must lie between 1 and 256")
    }

    /// What the options come to.
    func plan(_ mode: ComputeMode, _ engine: EngineOptions) throws -> ComputePlan {
        let threads = engine.threadCount
        guard let networks else { return ComputePlan(mode: mode, threads: threads) }
        guard networks <= threads else {
            throw ValidationError(
                "--networks \(networks) needs --threads \(networks) or more; there are \(threads)")
        }
        return ComputePlan(networks: networks, threads: threads)
    }
}
