import Glibc

/// A command that runs a network.
protocol RunsNetwork {}

extension SegmentCommand: RunsNetwork {}
extension StreamCommand: RunsNetwork {}
extension LatencyCommand: RunsNetwork {}
extension EvaluateCommand: RunsNetwork {}
extension InspectCommand: RunsNetwork {}
extension BenchCommand: RunsNetwork {}
extension VerifyCommand: RunsNetwork {}

/// How long the threads of a network wait for each other before they let go of their core.
///
/// libgomp makes them turn round for milliseconds after each layer. As long as they have all cores to themselves
/// that is harmless; where others want a core too, a thread turns round while the one that it waits for has been
/// put aside, and a network takes ten to a hundred times as long. A short wait costs a quiet machine nothing.
enum ThreadWaiting {
    /// Turns; some microseconds.
    private static let turns = "1000"

    /// Starts the program anew with a short wait, unless the user has chosen one: libgomp reads its
    /// settings when it is loaded. Where that fails the program goes on as it is.
    static func shorten() {
        let settings = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]
        guard settings.allSatisfy({ getenv($0) == nil }) else { return }
        setenv("GOMP_SPINCOUNT", turns, 1)
        guard let path = realpath("/proc/self/exe", nil) else { return }
        defer { free(path) }
        execv(path, CommandLine.unsafeArgv)
    }
}
