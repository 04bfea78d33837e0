import ArgumentParser

@main
struct YolactVideo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "yolact-video",
        abstract: "Instance segmentation on video with YOLACT, on a CPU.")
}
