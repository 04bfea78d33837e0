import Foundation
import Testing

@testable import Model

/// Cores and caches, read from files as other machines have them.
@Suite struct CPUTests {
    /// A made-up machine's files.
    private final class Machine {
        let files: ProcessorFiles

        init() {
            files = ProcessorFiles(
                root: FileManager.default.temporaryDirectory.path + "/cpu-\(UUID().uuidString)")
        }

        deinit { try? FileManager.default.removeItem(atPath: files.root) }

        func write(_ path: String, _ text: String) throws {
            let url = URL(fileURLWithPath: "\(files.root)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("\(text)\n".utf8).write(to: url)
        }

        func allow(_ list: String) throws {
            try write("proc/self/status", "Name:\tx\nCpus_allowed_list:\t\(list)")
        }

        /// Cores of two logical processors each: n and n + cores.
        func addPairs(_ cores: Int) throws {
            for number in 0..<2 * cores {
                try write(
                    "sys/devices/system/cpu/cpu\(number)/topology/thread_siblings_list",
                    "\(number % cores),\(number % cores + cores)")
            }
        }
    }

    @Test(arguments: [
        ("0-15", 16, 8), ("0-7", 8, 8), ("0,8", 2, 1), ("3", 1, 1), ("0-2,8-9,15", 6, 4),
    ]) func coresAreThoseTheProcessMayUse(_ list: String, _ available: Int, _ physical: Int) throws
    {
        let machine = Machine()
        try machine.allow(list)
        try machine.addPairs(8)
        #expect(CPUCores(machine.files) == CPUCores(available: available, physical: physical))
    }

    @Test func withoutATopologyEachProcessorIsACore() throws {
        let machine = Machine()
        try machine.allow("0-3")
        #expect(CPUCores(machine.files) == CPUCores(available: 4, physical: 4))
    }

    @Test func withoutAnyFilesThereIsACore() {
        let cores = CPUCores(Machine().files)
        #expect(cores.available >= 1)
        #expect(cores.physical >= 1)
        #expect(CPUCores.current.available >= CPUCores.current.physical)
    }

    @Test(arguments: [
        ("max 100000", 16), ("400000 100000", 4), ("250000 100000", 2), ("50000 100000", 1),
        ("3200000 100000", 16), ("nonsense", 16), ("-5 0", 16),
    ]) func processorTimeOfVersion2Counts(_ limit: String, _ available: Int) throws {
        let machine = Machine()
        try machine.allow("0-15")
        try machine.write("proc/self/cgroup", "0::/machine/box")
        try machine.write("sys/fs/cgroup/machine/cpu.max", limit)
        try machine.write("sys/fs/cgroup/machine/box/cpu.max", "max 100000")
        #expect(CPUCores(machine.files).available == available)
    }

    @Test func processorTimeOfVersion1Counts() throws {
        let machine = Machine()
        try machine.allow("0-15")
        // The path is the host's, and the container sees its own group as the root.
        try machine.write(
            "proc/self/cgroup", "3:cpuset:/docker/a\n2:cpu,cpuacct:/docker/a\n0::/docker/a")
        try machine.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000")
        try machine.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
        #expect(CPUCores(machine.files) == CPUCores(available: 3, physical: 3))
        try machine.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
        #expect(CPUCores(machine.files).available == 16)
    }

    @Test func listsOfProcessors() {
        #expect(ProcessorFiles.numbers("0-3,8") == [0, 1, 2, 3, 8])
        #expect(ProcessorFiles.numbers("\t5 ") == [5])
        #expect(ProcessorFiles.numbers("") == [])
        #expect(ProcessorFiles.numbers("3-1,a,1-2-3,-") == [])
        #expect(ProcessorFiles.numbers("0-99999999999") == [])
    }

    @Test func cachesAreThoseOfAProcessorThatMayBeUsed() throws {
        let machine = Machine()
        try machine.allow("6-7")
        let caches = [
            (1, "Data", "48K", "6"), (1, "Instruction", "32K", "6"), (2, "Unified", "2048K", "6"),
            (3, "Unified", "30M", "4-15"),
        ]
        for (index, cache) in caches.enumerated() {
            let folder = "sys/devices/system/cpu/cpu6/cache/index\(index)"
            try machine.write("\(folder)/level", "\(cache.0)")
            try machine.write("\(folder)/type", cache.1)
            try machine.write("\(folder)/size", cache.2)
            try machine.write("\(folder)/shared_cpu_list", cache.3)
        }
        let found = CPUCaches(machine.files)
        #expect(
            found
                == CPUCaches(
                    level1Data: 48 << 10, level2: 2 << 20, level3: 30 << 20, level3Sharers: 12))
        #expect(found.share(threads: 0) == 32 << 20)
        #expect(found.share(threads: 3) == 12 << 20)
        #expect(found.share(threads: 100) == (2 << 20) + (30 << 20) / 12)
    }

    @Test func aCPUWithoutAThirdLevelHasNone() throws {
        let machine = Machine()
        let folder = "sys/devices/system/cpu/cpu0/cache/index0"
        try machine.write("\(folder)/level", "2")
        try machine.write("\(folder)/type", "Unified")
        try machine.write("\(folder)/size", "512K")
        let found = CPUCaches(machine.files)
        #expect(found.level2 == 512 << 10)
        #expect(found.level3 == 0)
        #expect(found.share(threads: 8) == 512 << 10)
    }

    @Test func thereAreSizesWhereNothingTellsThem() {
        let found = CPUCaches(Machine().files)
        #expect(found.level1Data > 0)
        #expect(found.level2 > 0)
        #expect(found.level3Sharers > 0)
    }
}
