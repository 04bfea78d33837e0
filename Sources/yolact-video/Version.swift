import CBuildInfo
import Model
import VideoIO

/// The version of the program, in the sense of https://semver.org.
enum Version {
    static let current = "0.1.0"

    /// The program, its version and the commit that it was built from.
    static var program: String {
        "yolact-video \(current) (commit \(String(cString: yv_build_commit())))"
    }

    /// What `--version` prints: the program's version and commit, and the libraries as they are here. A report
    /// of a fault begins with it.
    static var report: String {
        """
        \(program)
        FFmpeg       \(ffmpeg)
        oneDNN       \(oneDNN)
        OpenBLAS     \(openBLAS)
        """
    }

    private static var ffmpeg: String {
        let versions = FFmpegLibraries.versions.map { "\($0.name) \($0.version)" }
        return "\(FFmpegLibraries.release) (\(versions.joined(separator: ", ")))"
    }

    private static var oneDNN: String {
        "\(ComputeLibraries.oneDNNVersion), \(ComputeLibraries.oneDNNInstructions) instructions"
    }

    /// OpenBLAS is the second engine: a program without it is whole.
    private static var openBLAS: String {
        do {
            let library = try ComputeLibraries.openBLAS()
            return "\(library.version), \(library.kernels) kernels"
        } catch {
            return "not found; '--engine openblas' needs it"
        }
    }
}
