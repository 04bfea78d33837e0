import COneDNN

/// The setting of libgomp, oneDNN's threading runtime, that this project needs.
enum OpenMP {
    /// Sets how many threads the parallel regions started by the calling thread have.
    static func setTeamSizeOfThisThread(_ size: Int) { omp_set_num_threads(Int32(size)) }
}
