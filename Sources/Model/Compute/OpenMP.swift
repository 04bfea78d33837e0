import COneDNN

/// The setting of libgomp, oneDNN's threading runtime, that this project needs.
enum OpenMP {
    /// Sets how many threads the parallel regions started by the calling thread have.
    static func setTeamSizeOfThisThread(_ size: Int) { omp_set_num_threads(Int32(size)) }

    /// Runs `body` with parallel regions of that many threads on the calling thread.
    static func withTeamSize<Result, Failure: Error>(
        _ size: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let former = omp_get_max_threads()
        omp_set_num_threads(Int32(size))
        defer { omp_set_num_threads(former) }
        return try body()
    }

    /// Threads of the parallel regions that the calling thread starts.
    static var teamSizeOfThisThread: Int { Int(omp_get_max_threads()) }

    /// Runs `work` once on each thread of a parallel region, as oneDNN's primitives do: between them the
    /// threads of the region stay awake, so work of our own must not bring threads of its own.
    static func run(_ work: ParallelWork) {
        withExtendedLifetime(work) {
            GOMP_parallel(
                { pointer in
                    guard let pointer else { return }
                    let work = Unmanaged<ParallelWork>.fromOpaque(pointer)
                    work._withUnsafeGuaranteedRef {
                        $0.run(
                            thread: Int(omp_get_thread_num()), of: Int(omp_get_num_threads()))
                    }
                }, Unmanaged.passUnretained(work).toOpaque(), 0, 0)
        }
    }

    /// Within a parallel region: returns when every thread of the team has come here. All of them must.
    static func waitForTeam() { GOMP_barrier() }
}

/// A piece of work that the threads of a team share out among themselves.
class ParallelWork {
    /// Does the share of one thread.
    func run(thread: Int, of count: Int) {}
}
