import Glibc

extension ComputeThread {
    /// Makes the threads of a network let go of their core soon when they wait for each other.
    ///
    /// Call it first thing in `main`, before anything is opened or started:
    ///
    /// ```swift
    /// ComputeThread.shortenWaiting()
    /// ```
    ///
    /// libgomp, which oneDNN's threads come from, makes them turn round for milliseconds after each layer. As
    /// long as they have all cores to themselves that is harmless; where others want a core too, a thread
    /// turns round while the one that it waits for has been put aside, and a network takes ten to a hundred
    /// times as long. A short wait costs a quiet machine nothing.
    ///
    /// libgomp reads its settings from the environment when it is loaded, which is before `main`. So this
    /// sets `GOMP_SPINCOUNT=1000`, some microseconds, and starts the program anew in the same process, with
    /// the same arguments. It does so once, and not at all where `GOMP_SPINCOUNT` or `OMP_WAIT_POLICY` is set
    /// already: then, and where starting anew fails, it returns. Programs that do not want to be started
    /// twice, or that a loader or an emulator runs, set the variable in their environment instead.
    public static func shortenWaiting() {
        let settings = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]
        guard settings.allSatisfy({ getenv($0) == nil }) else { return }
        setenv("GOMP_SPINCOUNT", "1000", 1)
        // Not the first argument, which need not be a path.
        guard let path = realpath("/proc/self/exe", nil) else { return }
        defer { free(path) }
        execv(path, CommandLine.unsafeArgv)
    }
}
