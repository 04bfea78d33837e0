import ArgumentParser
import Glibc

/// How long the threads of a network wait for each other before they let go of their core.
///
/// libgomp makes them turn round for milliseconds after each layer. As long as they have all cores to themselves
/// that is harmless; where others want a core too, a thread turns round while the one that it waits for has been
/// put aside, and a network takes ten to a hundred times as long. A short wait costs a quiet machine nothing.
enum ThreadWaiting {
    /// Turns; some microseconds.
    private static let turns = "1000"
    /// The commands that run a network.
    private static let commands: [any ParsableCommand.Type] = [
        SegmentCommand.self, StreamCommand.self, LatencyCommand.self, EvaluateCommand.self,
        InspectCommand.self, StabilityCommand.self, BenchCommand.self, VerifyCommand.self,
        QuantizeCommand.self, InfoCommand.self,
    ]

    /// Starts the program anew with a short wait where it will run a network, unless the user has chosen one:
    /// libgomp reads its settings when it is loaded. Where that fails the program goes on as it is.
    static func shorten(for arguments: [String]) {
        guard arguments.count > 1,
            commands.contains(where: { $0.configuration.commandName == arguments[1] })
        else { return }
        let settings = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]
        guard settings.allSatisfy({ getenv($0) == nil }) else { return }
        setenv("GOMP_SPINCOUNT", turns, 1)
        guard let path = realpath("/proc/self/exe", nil) else { return }
        defer { free(path) }
        execv(path, CommandLine.unsafeArgv)
    }
}
