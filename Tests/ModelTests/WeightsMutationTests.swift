import Foundation
import Testing

@testable import Model

/// Damaged files of every format end in an error or in sound values: no crash, no hang, no memory beyond
/// what the file accounts for. `YOLACT_MUTATIONS` says how many files to try.
@Suite(.timeLimit(.minutes(600))) struct WeightsMutationTests {
    /// Set for a long run of this suite alone, in which memory is measured too: other tests use the same
    /// process.
    static let requested = ProcessInfo.processInfo.environment["YOLACT_MUTATIONS"].flatMap {
        Int($0)
    }
    /// Parts of the run, side by side.
    static let parts = 2

    @Test(arguments: 0..<parts) func damagedFilesDoNoHarm(_ part: Int) throws {
        let count = (Self.requested ?? 24_000) / Self.parts
        var mutation = WeightsMutation(try WeightsMutation.samples(), seed: UInt64(7 + part))
        var opened: [String: Int] = [:]
        var refused = 0
        var slowest = Duration.zero
        let clock = ContinuousClock()
        try WeightsTestFiles.withDirectory { directory in
            for number in 0..<count {
                let (sample, bytes) = mutation.next(number)
                let path = "\(directory)/\(sample.name)"
                try WeightsTestFiles.write(bytes, to: path)
                let time = try clock.measure {
                    if try Self.read(path, bytes.count) {
                        opened[sample.name, default: 0] += 1
                    } else {
                        refused += 1
                    }
                }
                slowest = max(slowest, time)
            }
        }
        // Mutations that are all refused at the door would test little.
        #expect(opened.count == (try WeightsMutation.samples().count), "\(opened)")
        #expect(opened.values.reduce(0, +) > count / 20)
        #expect(refused > count / 5)
        #expect(slowest < .seconds(10), "a file took \(slowest)")
        if Self.requested != nil {
            print("part \(part): \(count) files, \(refused) refused, slowest \(slowest)")
        }
    }

    /// Opens a file and reads all its tensors; false if it is refused.
    private static func read(_ path: String, _ size: Int) throws -> Bool {
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint.open(path)
        } catch let error {
            #expect(error is WeightsError || error is ConfigurationError, "\(error)")
            #expect(!"\(error)".contains("\n"))
            return false
        }
        for tensor in checkpoint.tensors {
            // Elements may be repeated (`expand`), but not without bound.
            #expect(tensor.elementCount <= max(size, TorchStorages.maximumRepeatedElements))
            let values = try checkpoint.values(of: tensor.name, shape: tensor.shape)
            #expect(values.count == tensor.elementCount)
        }
        _ = try? checkpoint.configuration(with: ConfigurationChanges())
        if let configuration = checkpoint.configuration {
            _ = try? Network.check(configuration, checkpoint)
        }
        return true
    }

    /// Opening a large damaged file and reading its tensors one after the other takes no more than twice
    /// its size: itself, mapped, and one copy.
    @Test(.enabled(if: requested != nil && MemoryPeak.isAvailable))
    func memoryStaysBelowTwiceTheFile() throws {
        let names = ["yolact_shapes_0_11700.pth"]
        var samples = try names.map {
            WeightsMutation.Sample(
                name: $0, bytes: try WeightsTestFiles.bytes($0), isZip: false)
        }
        let demo = try ResourceLocator().path(of: "yolact_shapes.safetensors", in: "Model")
        samples.append(
            .init(
                name: "demo.safetensors",
                bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: demo))), isZip: false))
        var mutation = WeightsMutation(samples, seed: 11)
        var largest = 0.0
        try WeightsTestFiles.withDirectory { directory in
            for number in 0..<((Self.requested ?? 0) / 500) {
                let (sample, bytes) = mutation.next(number)
                let path = "\(directory)/\(sample.name)"
                try WeightsTestFiles.write(bytes, to: path)
                let peak = try MemoryPeak.during { _ = try Self.read(path, bytes.count) }
                // What the allocator and the page tables need besides.
                #expect(peak < 2 * bytes.count + 4_000_000, "\(sample.name) \(number): \(peak)")
                largest = max(largest, Double(peak) / Double(bytes.count))
            }
        }
        print("memory: at most \(largest) times the file")
    }
}

/// How far the memory of this process rises, as Linux counts it.
enum MemoryPeak {
    /// Not under the address sanitizer, which keeps memory that was freed.
    static var isAvailable: Bool {
        access("/proc/self/clear_refs", W_OK) == 0 && dlsym(nil, "__asan_init") == nil
    }

    /// The rise of resident memory above what it was before, in bytes.
    static func during(_ body: () throws -> Void) throws -> Int {
        // 5 sets the high-water mark to what is resident now.
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let before = try value("VmRSS")
        try body()
        return try value("VmHWM") - before
    }

    private static func value(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        let words = line?.split(whereSeparator: \.isWhitespace) ?? []
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * 1024
    }
}
