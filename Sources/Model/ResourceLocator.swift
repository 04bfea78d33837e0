import Foundation

/// Finds the files that come with the program.
///
/// `Bundle.module` ends the process when the program was moved away from where it was built. Here they are
/// looked for in the directory that `YOLACT_VIDEO_RESOURCES` names, beside the executable (where a build
/// puts them) and in `../share/yolact-video` (where `make install` does), and a miss is an error.
package struct ResourceLocator: Sendable {
    private let directories: [String]

    /// Looks as seen from an executable.
    package init(
        executable: String = ResourceLocator.runningExecutable,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        let directory = URL(fileURLWithPath: executable).deletingLastPathComponent()
        let share = directory.deletingLastPathComponent().appendingPathComponent(
            "share/yolact-video")
        let override = environment["YOLACT_VIDEO_RESOURCES"].flatMap { $0.isEmpty ? nil : $0 }
        directories = (override.map { [$0] } ?? []) + [directory.path, share.path]
    }

    /// The path of a resource of a module of this package.
    package func path(
        of name: String, in module: String
    ) throws(ResourceNotFound) -> String {
        let candidates = directories.map {
            "\($0)/yolact-video_\(module).resources/Resources/\(name)"
        }
        for candidate in candidates where FileManager.default.fileExists(atPath: candidate) {
            return candidate
        }
        throw ResourceNotFound(name: name, searched: candidates)
    }

    /// The running program's file. A symbolic link in some directory of the search path leads to the
    /// resources beside the real file.
    package static var runningExecutable: String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return link ?? Bundle.main.executablePath ?? CommandLine.arguments[0]
    }
}

/// A file that comes with the program is not where it should be.
public struct ResourceNotFound: Error, Equatable, CustomStringConvertible {
    /// Name of the file.
    public var name: String
    /// Where it was looked for.
    public var searched: [String]

    /// One line.
    public var description: String {
        "\(name), which comes with this program, is not there; looked for "
            + searched.joined(separator: ", ")
            + "; the environment variable YOLACT_VIDEO_RESOURCES can name the directory of the bundles"
    }
}
