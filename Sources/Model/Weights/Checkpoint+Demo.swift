import Foundation

extension Checkpoint {
    /// The demo model that comes with the program: ``YolactConfiguration/shapes``.
    ///
    /// - Throws: ``WeightsError`` that lists where the file was looked for.
    public static func builtInDemo() throws -> Checkpoint {
        try open(
            builtInDemoPath(
                executable: Bundle.main.executableURL,
                environment: ProcessInfo.processInfo.environment))
    }

    /// Finds the demo model. `Bundle.module` would do for a program that stays where it was built, but
    /// ends the process when a moved one finds no bundle; so the bundle is one of several places here.
    static func builtInDemoPath(
        executable: URL?, environment: [String: String]
    ) throws(WeightsError) -> String {
        let file = "yolact_shapes.safetensors"
        var candidates: [String] = []
        if let directory = environment["YOLACT_VIDEO_RESOURCES"], !directory.isEmpty {
            candidates.append("\(directory)/\(file)")
        }
        if let executable {
            // The program may be called through a symbolic link in a directory of the search path.
            let directory = executable.resolvingSymlinksInPath().deletingLastPathComponent()
            candidates += [
                "yolact-video_Model.resources/Resources/\(file)", file,
                "../share/yolact-video/\(file)",
            ].map { directory.appendingPathComponent($0).standardized.path }
        }
        for candidate in candidates where FileManager.default.fileExists(atPath: candidate) {
            return candidate
        }
        throw WeightsError(
            .cannotRead, path: file,
            "the built-in demo model is not there; looked for \(candidates.joined(separator: ", ")); "
                + "the environment variable YOLACT_VIDEO_RESOURCES can name its directory")
    }
}
