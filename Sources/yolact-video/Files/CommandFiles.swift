import ArgumentParser
import Foundation

/// A command that reads or writes files that its arguments name.
protocol FileUsing: SendableMetatype {
    var global: GlobalOptions { get }

    /// The files, from the arguments alone.
    func files() throws -> CommandFiles
}

/// The files that a command line names: all that is read and all that is written.
///
/// They are compared before anything is opened, so that no output takes the place of something that is
/// read, and nobody waits for a run whose result cannot be written.
struct CommandFiles {
    /// What becomes of a file that exists.
    enum Existing {
        /// It stays, and that is an error.
        case kept
        /// It is replaced by the finished one.
        case replaced
        /// Lines are added at its end.
        case appended

        init(overwrite: Bool) { self = overwrite ? .replaced : .kept }
    }

    struct Input {
        /// The option, or the argument in capitals.
        var name: String
        var path: String
    }

    struct Output {
        /// The option.
        var name: String
        var path: String
        var existing: Existing
    }

    private(set) var inputs: [Input] = []
    private(set) var outputs: [Output] = []
    /// Directories that results are put into; they are made where there are none.
    private(set) var directories: [Output] = []
    /// Files that are replaced or renamed along with an output, whose names follow from its own.
    private(set) var companions: [Output] = []

    /// Notes a file, or a directory of files, that is read. URLs and standard input cannot be replaced.
    mutating func read(_ path: String?, as name: String) {
        guard let path, path != "-", let local = Self.local(path) else { return }
        inputs.append(Input(name: name, path: local))
    }

    /// Notes a file that is written. Standard output cannot replace anything.
    mutating func write(_ path: String?, as name: String, _ existing: Existing) {
        guard let path, path != "-" else { return }
        outputs.append(Output(name: name, path: path, existing: existing))
    }

    /// Notes a directory and the files that will be in it.
    mutating func write(
        into directory: String?, as name: String, files: [String], _ existing: Existing
    ) {
        guard let directory else { return }
        directories.append(Output(name: name, path: directory, existing: existing))
        for file in files {
            outputs.append(
                Output(
                    name: name, path: (directory as NSString).appendingPathComponent(file),
                    existing: existing))
        }
    }

    /// Notes a file that an output replaces or renames without being asked about it.
    mutating func touch(_ path: String, as name: String) {
        companions.append(Output(name: name, path: path, existing: .replaced))
    }

    /// Adds what other arguments name.
    mutating func add(_ other: CommandFiles) {
        inputs += other.inputs
        outputs += other.outputs
        directories += other.directories
        companions += other.companions
    }

    /// Checks everything that can be told without opening a file for writing.
    ///
    /// - Throws: ``OutputRefused`` for the first output that cannot be; `ValidationError` where two are one.
    func check() throws {
        try checkNamesApart()
        for directory in directories { try OutputPlace.checkDirectory(directory) }
        for output in outputs { try OutputPlace.check(output, in: directories) }
    }

    private func checkNamesApart() throws {
        var read: [FileIdentity: Input] = [:]
        for input in inputs {
            for path in [input.path] + ReferencedFiles.of(input.path) {
                read[FileIdentity(path)] = read[FileIdentity(path)] ?? input
            }
        }
        for output in outputs + companions {
            if let input = read[FileIdentity(output.path)] ?? InputDirectory.holding(output, inputs)
            {
                throw OutputRefused(
                    path: output.path,
                    reason: "\(output.name) would write to a file that \(input.name) reads")
            }
        }
        var written: [FileIdentity: Output] = [:]
        for output in outputs {
            if let other = written.updateValue(output, forKey: FileIdentity(output.path)) {
                throw ValidationError("\(other.name) and \(output.name) name the same file")
            }
        }
    }

    /// The path of something on this machine's disks; nil for another kind of URL.
    private static func local(_ text: String) -> String? {
        for scheme in ["file://", "file:"] where text.hasPrefix(scheme) {
            // A file whose name begins like that is what is meant where there is one.
            return FileManager.default.fileExists(atPath: text)
                ? text : String(text.dropFirst(scheme.count))
        }
        return text.contains("://") ? nil : text
    }
}

/// An output that is not begun, for what it would replace or where it would be.
struct OutputRefused: ExitReasonProviding, CustomStringConvertible {
    var path: String
    var reason: String

    var exitReason: ExitReason { .cannotWrite }
    var description: String { "\(path): \(reason)" }
}
