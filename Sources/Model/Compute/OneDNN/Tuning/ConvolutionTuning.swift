import COneDNN
import Foundation
import OutputFiles
import Synchronization

/// Which algorithm was fastest for each convolution, measured once on each kind of CPU and kept in a file.
///
/// A network that is created with a tuning measures what is not in it yet, some seconds for a whole network.
/// Convolutions are known by their shapes, so networks share what they have in common.
public final class ConvolutionTuning: Sendable {
    /// Where it is kept.
    public let path: String
    /// CPU, instructions and version of the library: what a measurement holds for.
    private let machine: String

    private struct Contents: Codable {
        /// Grows when an algorithm becomes another one, as what was measured then tells nothing.
        var version = 2
        /// By machine and threads, then by convolution.
        var machines: [String: [String: String]] = [:]
    }

    private struct State {
        var contents = Contents()
        var measured = 0
    }

    private let state: Mutex<State>

    /// The file that the program keeps: `tuning.json` in the directory of downloaded models.
    public static func defaultPath() -> String { ModelCatalog.cacheDirectory() + "/tuning.json" }

    /// Reads the file; one that is not there, or of another version, is as good as an empty one.
    public init(path: String = ConvolutionTuning.defaultPath()) {
        self.path = path
        machine = Self.machine()
        var state = State()
        if let data = FileManager.default.contents(atPath: path),
            let contents = try? JSONDecoder().decode(Contents.self, from: data),
            contents.version == state.contents.version
        {
            state.contents = contents
        }
        self.state = Mutex(state)
    }

    /// Convolutions that were measured since the file was read.
    public var measuredCount: Int { state.withLock { $0.measured } }

    /// Writes what is new, as a whole, beside what another process may have added meanwhile.
    ///
    /// - Throws: ``TuningError`` if that cannot be done.
    public func save() throws(TuningError) {
        guard measuredCount > 0 else { return }
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(),
                withIntermediateDirectories: true)
            let others = ConvolutionTuning(path: path).state.withLock { $0.contents }
            let contents = state.withLock { state in
                state.contents.machines.merge(others.machines) { mine, theirs in
                    mine.merging(theirs) { mine, _ in mine }
                }
                return state.contents
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let file = try OutputFile(path: path, replaces: true)
            let data = try encoder.encode(contents)
            try data.withUnsafeBytes { try file.write($0) }
            _ = try file.publish()
            state.withLock { $0.measured = 0 }
        } catch {
            throw TuningError(path: path, reason: "\(error)")
        }
    }

    /// What is known, or else what `measure` finds.
    func algorithm(
        for problem: ConvolutionProblem, threads: Int,
        measure: (ConvolutionProblem) throws -> OneDNNAlgorithm
    ) throws -> OneDNNAlgorithm {
        let machine = "\(machine), \(threads) threads"
        let key = problem.description
        let known = state.withLock { $0.contents.machines[machine]?[key] }
        if let known, let algorithm = OneDNNAlgorithm(name: known),
            problem.candidates.contains(algorithm)
        {
            return algorithm
        }
        let found = try measure(problem)
        state.withLock {
            $0.contents.machines[machine, default: [:]][key] = found.name
            $0.measured += 1
        }
        return found
    }

    private static func machine() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        var values: [String: String] = [:]
        for line in text.prefix(4096).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = parts[0].trimmingCharacters(in: .whitespaces)
            if values[key] == nil { values[key] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let name = values["model name"] ?? "unknown CPU"
        let family = "\(values["cpu family"] ?? "?")/\(values["model"] ?? "?")"
        let instructions = dnnl_get_effective_cpu_isa().rawValue
        let version = dnnl_version().map {
            "\($0.pointee.major).\($0.pointee.minor).\($0.pointee.patch)"
        }
        return "\(name) (\(family)), oneDNN \(version ?? "?"), instructions "
            + String(instructions, radix: 16)
    }
}

/// A tuning could not be written.
public struct TuningError: Error, CustomStringConvertible {
    /// The file.
    public let path: String
    /// Why not.
    public let reason: String

    /// One line.
    public var description: String { "the tuning cannot be kept in \(path): \(reason)" }
}
