import Foundation
import Testing

/// A program that runs beside the test, its output captured.
final class ChildProcess {
    /// How a program ended and what it said.
    struct Result {
        /// The exit status; 128 + signal where a signal ended it, as a shell has it.
        var status: Int32
        /// Whether a signal that the program did not handle ended it.
        var wasKilled: Bool
        var output: String
        /// Standard error, but for what every run of the built-in model says.
        var errors: String
        /// Whether that was said.
        var warnsOfTheDemoModel: Bool

        var outputLines: [Substring] { output.split(separator: "\n") }
        var errorLines: [Substring] { errors.split(separator: "\n") }
        /// The lines that report an error.
        var complaints: [Substring] {
            errorLines.filter { $0.hasPrefix("yolact-video: error: ") }
        }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What becomes of the program's standard output.
    enum OutputMode {
        case captured
        /// A pipe as small as possible, which the test reads itself, or does not.
        case unread
    }

    /// No test waits longer than this.
    static let patience: TimeInterval = 120

    private let process = Process()
    private let ended = DispatchGroup()
    private let outputCapture: Capture?
    private let errorCapture: Capture
    private let deadline = Date(timeIntervalSinceNow: patience)
    private let name: String

    /// The reading end of standard output, where it is not captured.
    let unreadOutput: FileHandle?

    /// Starts a program, which is looked for in PATH unless its name has a slash.
    init(
        _ program: String, _ arguments: [String], in directory: String,
        environment: [String: String] = [:], input: FileHandle = .nullDevice,
        output mode: OutputMode = .captured
    ) throws {
        name = ([program] + arguments).joined(separator: " ")
        process.executableURL = URL(
            fileURLWithPath: program.contains("/") ? program : "/usr/bin/env")
        process.arguments = (program.contains("/") ? [] : [program]) + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        // What the tests themselves run with is nothing to the program.
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.contains("OMP_") }
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = input
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        ended.enter()
        process.terminationHandler = { [ended] _ in ended.leave() }
        do {
            try process.run()
        } catch {
            ended.leave()
            throw Failure(description: "\(name): \(error)")
        }
        errorCapture = Capture(errors.fileHandleForReading)
        switch mode {
        case .captured:
            outputCapture = Capture(output.fileHandleForReading)
            unreadOutput = nil
        case .unread:
            outputCapture = nil
            unreadOutput = output.fileHandleForReading
            // F_SETPIPE_SZ: a page is the least that Linux allows.
            _ = fcntl(output.fileHandleForReading.fileDescriptor, 1031, 4096)
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// The environment that the program runs with, in the form NAME=VALUE.
    var environment: Set<String> {
        get throws {
            let path = "/proc/\(process.processIdentifier)/environ"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return Set(text.split(separator: "\0").map(String.init))
        }
    }

    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits until standard output holds that many whole lines.
    func waitForOutput(lines: Int) throws {
        let isThere = outputCapture?.wait(until: deadline) { data in
            data.lazy.filter { $0 == UInt8(ascii: "\n") }.count >= lines
        }
        if isThere != true {
            throw Failure(description: "\(name): \(lines) lines did not come: \(errorsSoFar)")
        }
    }

    /// Waits until standard error holds a text that many times.
    func waitForErrors(_ text: String, times: Int = 1) throws {
        let isThere = errorCapture.wait(until: deadline) { data in
            String(decoding: data, as: UTF8.self).ranges(of: text).count >= times
        }
        if !isThere {
            throw Failure(description: "\(name): did not say '\(text)': \(errorsSoFar)")
        }
    }

    /// Waits for the end; false if it does not come within that time.
    func ends(within seconds: Double) -> Bool {
        ended.wait(timeout: .now() + seconds) == .success
    }

    /// Waits for the end of the program and of its streams.
    func finish() throws -> Result {
        guard ended.wait(timeout: .now() + max(0, deadline.timeIntervalSinceNow)) == .success
        else {
            send(SIGKILL)
            throw Failure(description: "\(name): did not end: \(errorsSoFar)")
        }
        guard outputCapture?.waitForEnd(until: deadline) != false,
            errorCapture.waitForEnd(until: deadline)
        else { throw Failure(description: "\(name): did not close its streams") }
        let wasKilled = process.terminationReason == .uncaughtSignal
        let warning = "yolact-video: warning: no --weights given"
        let lines = errorsSoFar.split(separator: "\n", omittingEmptySubsequences: false)
        return Result(
            status: process.terminationStatus + (wasKilled ? 128 : 0), wasKilled: wasKilled,
            output: outputSoFar,
            errors: lines.filter { !$0.hasPrefix(warning) }.joined(separator: "\n"),
            warnsOfTheDemoModel: lines.contains { $0.hasPrefix(warning) })
    }

    /// What standard output holds by now.
    var outputSoFar: String { String(decoding: outputCapture?.data ?? Data(), as: UTF8.self) }

    /// What standard error holds by now.
    var errorsSoFar: String { String(decoding: errorCapture.data, as: UTF8.self) }
}
