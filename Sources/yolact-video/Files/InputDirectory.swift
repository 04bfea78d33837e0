import Foundation

/// Inputs that stand for many files: a directory, or a pattern such as `%05d.jpg`.
enum InputDirectory {
    /// What the program writes as text is never a picture, and may lie beside those that are read.
    private static let texts: Set = [
        "json", "jsonl", "ndjson", "html", "csv", "hlog", "framemd5", "safetensors",
    ]

    /// The input whose files an output that exists may be one of.
    static func holding(
        _ output: CommandFiles.Output, _ inputs: [CommandFiles.Input]
    ) -> CommandFiles.Input? {
        let url = URL(fileURLWithPath: output.path)
        guard !texts.contains(url.pathExtension.lowercased()),
            FileManager.default.fileExists(atPath: output.path)
        else { return nil }
        let place = url.resolvingSymlinksInPath().deletingLastPathComponent().path
        return inputs.first { input in
            directory(of: input.path).map {
                URL(fileURLWithPath: $0).resolvingSymlinksInPath().path == place
            } ?? false
        }
    }

    private static func directory(of path: String) -> String? {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
            return isDirectory.boolValue ? path : nil
        }
        guard path.contains(where: { "%*?[{".contains($0) }) else { return nil }
        return URL(fileURLWithPath: path).deletingLastPathComponent().path
    }
}
