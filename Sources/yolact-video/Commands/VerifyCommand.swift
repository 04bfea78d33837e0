import ArgumentParser
import Foundation
import Model

/// `yolact-video verify`: compares this build on this machine with the official code's numbers.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that this build computes what the official code does on this machine.",
        discussion: """
            Builds each configuration that has a golden file, with seeded weights, runs it on the frame \
            beside the file and compares tensors, detections and masks. The exit status is 0 only if \
            everything that can run is within tolerance. In bf16 the same network in f32 is what is \
            compared with.

            Examples:
              yolact-video verify
              yolact-video verify golden/ --engine openblas --only yolact_resnet50
            """)

    @Argument(
        help: "A directory with golden files (default: those that come with the program).",
        completion: .directory)
    var directory: String?

    @OptionGroup(title: "Compute options") var engine: EngineOptions

    @Option(help: ArgumentHelp("Only this golden file.", valueName: "name"))
    var only: String?

    @OptionGroup(title: "General options") var global: GlobalOptions

    func run() throws {
        var files = try directory.map(Self.files) ?? GoldenFile.shipped()
        guard !files.isEmpty else {
            throw VerificationError(
                path: directory ?? "this program", reason: "it holds no golden file")
        }
        if let only {
            let names = files.map(\.name).joined(separator: ", ")
            files.removeAll { $0.name != only }
            guard !files.isEmpty else {
                throw ValidationError("there is no golden file '\(only)'; there are: \(names)")
            }
        }
        let resolved = engine.engine.resolve(engine.precision)
        let logger = global.makeLogger()
        if let warning = resolved.warning { logger.warning("\(warning)") }
        let verification = Verification(
            engine: engine.engine, precision: engine.precision, threads: engine.threadCount)
        var verified = 0
        var failed: [String] = []
        var skipped: [String] = []
        for file in files {
            do {
                let rows = try verification.run(file)
                let computing = "\(engine.engine.rawValue), \(resolved.precision.rawValue)"
                show("\(file.name) (salt \(file.salt), \(computing))")
                for row in rows { show("  " + Self.line(row)) }
                verified += 1
                if rows.contains(where: { !$0.passes }) { failed.append(file.name) }
            } catch let error as UnsupportedConfiguration {
                show("\(file.name): skipped, \(error)")
                skipped.append(file.name)
            }
        }
        show(
            "\(verified) verified, \(failed.count) failed"
                + (skipped.isEmpty ? "" : ", \(skipped.count) skipped")
                + (failed.isEmpty ? "" : ": " + failed.joined(separator: ", ")))
        guard failed.isEmpty, verified > 0 else {
            throw VerificationFailed(failed: failed, skipped: skipped)
        }
    }

    private func show(_ line: String) {
        if !global.quiet { print(line) }
    }

    private static func files(in directory: String) throws -> [GoldenFile] {
        do {
            return try GoldenFile.files(in: directory)
        } catch let error as CocoaError {
            // Foundation's own description is several lines of internals.
            let cause = (error.underlying as? POSIXError)?.code.rawValue
            throw VerificationError(
                path: directory,
                reason: cause.map { String(cString: strerror($0)) } ?? "it cannot be read")
        }
    }

    private static func line(_ row: Verification.Row) -> String {
        let name = row.name.padding(toLength: 32, withPad: " ", startingAt: 0)
        let difference = String(format: "%10.2e  allowed %8.1e", row.difference, row.tolerance)
        let note = row.note.isEmpty ? "" : "  (\(row.note))"
        return "\(name) \(difference)  \(row.passes ? "ok" : "FAILED")\(note)"
    }
}

/// A golden file was not met, or there was none that could be tried.
struct VerificationFailed: ExitReasonProviding, CustomStringConvertible {
    var failed: [String]
    var skipped: [String]

    var exitReason: ExitReason { .verificationFailed }
    var description: String {
        failed.isEmpty
            ? "nothing could be verified: skipped \(skipped.joined(separator: ", "))"
            : "out of tolerance: " + failed.joined(separator: ", ")
    }
}
