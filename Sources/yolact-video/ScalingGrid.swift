import Model
import Pipeline

/// The ways of sharing a machine's cores that `bench --scaling` tries.
///
/// No more threads in all than there are cores: threads of one network that have to take turns on a core hold up
/// each other after every layer.
struct ScalingGrid {
    /// In the order of measuring: a network is compiled for a number of threads, and serves all numbers of
    /// networks side by side.
    let plans: [ComputePlan]

    init(_ cores: CPUCores) {
        let usual = ComputePlan(mode: .throughput, threads: cores.available)
        let threads = Self.steps(
            upTo: cores.available, and: [cores.physical, usual.threadsPerWorker])
        plans = threads.flatMap { threads in
            Self.steps(upTo: cores.available / threads, and: [cores.physical / threads]).map {
                ComputePlan(workers: $0, threadsPerWorker: threads)
            }
        }
    }

    /// The numbers of threads, ascending.
    var threads: [Int] { Set(plans.map(\.threadsPerWorker)).sorted() }

    /// Powers of two, the limit itself, and others below it.
    private static func steps(upTo limit: Int, and others: [Int]) -> [Int] {
        let powers = sequence(first: 1) { $0 * 2 }.prefix { $0 < limit }
        return Set(powers + [limit] + others.filter { (1..<limit).contains($0) }).sorted()
    }
}
