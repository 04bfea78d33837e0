import Foundation
import OutputFiles

/// Whether a file can be made where an output names it.
enum OutputPlace {
    static func check(
        _ output: CommandFiles.Output, in directories: [CommandFiles.Output]
    ) throws(OutputRefused) {
        func refusal(_ reason: String) -> OutputRefused {
            OutputRefused(path: output.path, reason: reason)
        }
        guard !output.path.isEmpty else { throw refusal("\(output.name): the name is empty") }
        var status = stat()
        if stat(output.path, &status) == 0 {
            switch (status.st_mode & S_IFMT, output.existing) {
            case (S_IFDIR, _): throw refusal("it is a directory")
            case (S_IFREG, .kept): throw refusal("the file exists: --overwrite replaces it")
            case (S_IFREG, .replaced): break
            case (S_IFREG, .appended) where !holdsLines(output.path):
                throw refusal(
                    "it holds something else than lines of JSON: \(output.name) adds to it")
            // What is added to, and what is no file, such as a device or a pipe, is opened as it is.
            default:
                guard access(output.path, W_OK) == 0 else { throw refusal(systemText(errno)) }
                return
            }
        } else if lstat(output.path, &status) == 0 {
            throw refusal("it is a symbolic link to nothing")
        }
        let directory = URL(fileURLWithPath: output.path).deletingLastPathComponent().path
        // One that will be made has been looked at.
        let isMade = directories.contains {
            URL(fileURLWithPath: $0.path).standardizedFileURL.path
                == URL(fileURLWithPath: directory).standardizedFileURL.path
        }
        if !isMade { try checkWritable(directory, for: output) }
    }

    /// Whether a file is empty or may hold lines of JSON.
    private static func holdsLines(_ path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path),
            let first = try? handle.read(upToCount: 1)
        else { return true }
        return first.isEmpty || first == Data("{".utf8)
    }

    /// Checks a directory that is made where there is none, those above it too.
    static func checkDirectory(_ output: CommandFiles.Output) throws(OutputRefused) {
        guard !output.path.isEmpty else {
            throw OutputRefused(path: output.path, reason: "\(output.name): the name is empty")
        }
        var url = URL(fileURLWithPath: output.path).standardizedFileURL
        var status = stat()
        while stat(url.path, &status) != 0, errno == ENOENT, url.path != "/" {
            url.deleteLastPathComponent()
        }
        try checkWritable(url.path, for: output)
    }

    private static func checkWritable(
        _ directory: String, for output: CommandFiles.Output
    ) throws(OutputRefused) {
        var status = stat()
        var code: Int32 = 0
        if stat(directory, &status) != 0 {
            code = errno
        } else if status.st_mode & S_IFMT != S_IFDIR {
            code = ENOTDIR
        } else if access(directory, W_OK | X_OK) != 0 {
            code = errno
        }
        guard code != 0 else { return }
        throw OutputRefused(path: output.path, reason: "\(directory): \(systemText(code))")
    }
}
