import Foundation

extension LabelFont {
    /// The path of the font that comes with the program.
    ///
    /// It lies in the package's resource directory beside the executable, where a build puts it, or in
    /// `../share/yolact-video` as seen from there, where an installation may put it. Unlike
    /// `Bundle.module` this ends in an error, not a trap, when the program was moved without it.
    static func locate(
        executable: String = runningExecutable
    ) throws(OverlayError) -> String {
        let directory = (executable as NSString).deletingLastPathComponent as NSString
        let share =
            (directory.deletingLastPathComponent as NSString)
            .appendingPathComponent("share/yolact-video") as NSString
        let bundle = "yolact-video_Pipeline.resources/Resources/DejaVuSans-Bold.ttf"
        let candidates = [
            directory.appendingPathComponent(bundle),
            share.appendingPathComponent(bundle),
            share.appendingPathComponent("DejaVuSans-Bold.ttf"),
        ]
        for candidate in candidates where FileManager.default.isReadableFile(atPath: candidate) {
            return candidate
        }
        throw .fontNotFound(searched: candidates)
    }

    /// The running program's file, symbolic links resolved.
    static var runningExecutable: String {
        // A link in some PATH directory must lead to the resources beside the real file.
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return link ?? Bundle.main.executablePath ?? CommandLine.arguments[0]
    }
}
