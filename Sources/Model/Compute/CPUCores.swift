import Foundation

/// The cores that this process may compute on.
///
/// Fewer than the machine has where `taskset`, a container or a service's settings say so. More threads than
/// that would only wait for each other: those of a network meet after every layer.
public struct CPUCores: Sendable, Hashable {
    /// Logical processors, at least 1: those that the process may run on, and no more than its share of
    /// processor time is worth.
    public var available: Int
    /// Cores that these lie on, at least 1. Fewer than ``available`` where two logical processors share a
    /// core and its arithmetic units.
    public var physical: Int

    /// Describes a machine.
    public init(available: Int, physical: Int) {
        self.available = max(1, available)
        self.physical = min(max(1, physical), self.available)
    }

    /// What this process may use now.
    public static var current: CPUCores { CPUCores(ProcessorFiles()) }

    init(_ files: ProcessorFiles) {
        // Foundation's count is that of the machine: it heeds neither affinity nor cgroups of version 2.
        let allowed =
            files.allowed ?? Array(0..<max(1, ProcessInfo.processInfo.activeProcessorCount))
        let cores = Set(
            allowed.map { files.processor($0, "topology/thread_siblings_list") ?? "\($0)" })
        // Rounded down: a team that uses up its time is stopped as a whole until the next period.
        let share = CPUQuota.processors(files).map { Int($0) } ?? allowed.count
        self.init(available: min(allowed.count, share), physical: cores.count)
    }
}

/// The processor time that a process's control groups let it have.
enum CPUQuota {
    /// In processors, such as 1.5; nil without a limit. The tightest of all groups that the process is in.
    static func processors(_ files: ProcessorFiles) -> Double? {
        let groups = files.text("proc/self/cgroup")?.split(separator: "\n") ?? []
        return groups.flatMap { group -> [Double] in
            let parts = group.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            if parts[1].isEmpty {
                return ancestors(parts[2]).compactMap { unified(files, "sys/fs/cgroup\($0)") }
            }
            guard parts[1].split(separator: ",").contains("cpu") else { return [] }
            return ancestors(parts[2]).compactMap { legacy(files, "sys/fs/cgroup/cpu\($0)") }
        }.min()
    }

    /// A path and all above it. In a container the path is often one of the host's, and only the root exists.
    private static func ancestors(_ path: Substring) -> [String] {
        let names = path.split(separator: "/")
        return (0...names.count).map { names.prefix($0).map { "/\($0)" }.joined() }
    }

    /// Of a version 2 group: `200000 100000`, or `max 100000`.
    private static func unified(_ files: ProcessorFiles, _ group: String) -> Double? {
        guard let words = files.text("\(group)/cpu.max")?.split(separator: " "), words.count == 2
        else { return nil }
        return ratio(words[0], words[1])
    }

    /// Of a version 1 group; -1 for no limit.
    private static func legacy(_ files: ProcessorFiles, _ group: String) -> Double? {
        guard let quota = files.text("\(group)/cpu.cfs_quota_us"),
            let period = files.text("\(group)/cpu.cfs_period_us")
        else { return nil }
        return ratio(quota, period)
    }

    private static func ratio<Text: StringProtocol>(_ quota: Text, _ period: Text) -> Double? {
        guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else {
            return nil
        }
        return Double(quota) / Double(period)
    }
}
