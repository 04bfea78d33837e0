import ArgumentParser
import Model

/// How long the threads of a network wait for each other before they let go of their core.
enum ThreadWaiting {
    /// The commands that run a network.
    private static let commands: [any ParsableCommand.Type] = [
        SegmentCommand.self, StreamCommand.self, LatencyCommand.self, EvaluateCommand.self,
        InspectCommand.self, StabilityCommand.self, BenchCommand.self, VerifyCommand.self,
        QuantizeCommand.self, InfoCommand.self,
    ]

    /// Starts the program anew with a short wait where it will run a network; the others need not load the
    /// libraries twice.
    static func shorten(for arguments: [String]) {
        guard arguments.count > 1,
            commands.contains(where: { $0.configuration.commandName == arguments[1] })
        else { return }
        ComputeThread.shortenWaiting()
    }
}
