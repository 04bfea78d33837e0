import Foundation

/// The sizes in bytes of the caches of the CPU that this process runs on.
public struct CPUCaches: Sendable, Hashable {
    /// First level, for data, of a core.
    public var level1Data: Int
    /// Second level, of a core.
    public var level2: Int
    /// Third level, of a group of cores; 0 where there is none.
    public var level3: Int
    /// Logical processors that share a third level, at least 1.
    public var level3Sharers: Int

    /// Describes a CPU.
    public init(level1Data: Int, level2: Int, level3: Int, level3Sharers: Int) {
        self.level1Data = max(0, level1Data)
        self.level2 = max(0, level2)
        self.level3 = max(0, level3)
        self.level3Sharers = max(1, level3Sharers)
    }

    /// Those of the first processor that this process may run on.
    public static var current: CPUCaches { CPUCaches(ProcessorFiles()) }

    /// Bytes of the second and third level that each of some threads has to itself.
    ///
    /// - Parameter threads: Threads that compute at the same time, of all networks together.
    public func share(threads: Int) -> Int {
        level2 + level3 / min(max(1, threads), level3Sharers)
    }

    init(_ files: ProcessorFiles) {
        let processor = files.allowed?.first ?? 0
        var found: [Int: (size: Int, sharers: Int)] = [:]
        for index in 0..<16 {
            func text(_ name: String) -> String? {
                files.processor(processor, "cache/index\(index)/\(name)")
            }
            guard let level = text("level").flatMap({ Int($0) }) else { break }
            guard text("type") != "Instruction", let size = text("size").flatMap(Self.bytes) else {
                continue
            }
            found[level] = (size, ProcessorFiles.numbers(text("shared_cpu_list") ?? "").count)
        }
        // The C library asks the CPU itself, which in a virtual machine may tell of all caches of its host;
        // so it comes second.
        func size(_ level: Int, _ name: Int, fallback: Int) -> Int {
            if let size = found[level]?.size { return size }
            guard found.isEmpty else { return 0 }
            let told = sysconf(Int32(name))
            return told > 0 ? told : fallback
        }
        // The least that CPUs with AVX2 have had, where nothing is known.
        self.init(
            level1Data: size(1, Int(_SC_LEVEL1_DCACHE_SIZE), fallback: 32 << 10),
            level2: size(2, Int(_SC_LEVEL2_CACHE_SIZE), fallback: 256 << 10),
            level3: size(3, Int(_SC_LEVEL3_CACHE_SIZE), fallback: 2 << 20),
            level3Sharers: found[3]?.sharers
                ?? files.allowed?.count ?? ProcessInfo.processInfo.activeProcessorCount)
    }

    /// A size such as `1024K` or `32M`.
    private static func bytes(_ text: String) -> Int? {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int(unit == nil ? text[...] : text.dropLast()), number > 0,
            number < 1 << 32
        else { return nil }
        return number * (unit ?? 1)
    }
}
