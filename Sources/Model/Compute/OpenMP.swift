import COneDNN

/// The setting of libgomp, oneDNN's threading runtime, that this project needs.
enum OpenMP {
    /// Sets how many threads the parallel regions started by the calling thread have.
    static func setTeamSizeOfThisThread(_ size: Int) { omp_set_num_threads(Int32(size)) }

    /// Runs `body` with parallel regions of that many threads on the calling thread.
    static func withTeamSize<R>(_ size: Int, _ body: () throws -> R) rethrows -> R {
        let former = omp_get_max_threads()
        omp_set_num_threads(Int32(size))
        defer { omp_set_num_threads(former) }
        return try body()
    }
}
