import ArgumentParser
import Foundation
import Logging
import Model
import Pipeline
import Synchronization

/// `yolact-video models`: the official models.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the official models, or download one.",
        discussion: """
            Examples:
              yolact-video models list
              yolact-video models pull yolact-resnet50
            """,
        subcommands: [List.self, Pull.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the official models and where they are on this machine.",
            discussion: """
                Examples:
                  yolact-video models list
                  yolact-video models list --directory /srv/models
                """)

        @OptionGroup var location: LocationOptions
        @OptionGroup(title: "General options") var global: GlobalOptions

        func run() throws {
            let width = ModelCatalog.entries.map(\.name.count).max() ?? 0
            for entry in ModelCatalog.entries {
                let name = entry.name.padding(toLength: width, withPad: " ", startingAt: 0)
                let downloader = location.downloader
                let place = downloader.has(entry) ? downloader.path(of: entry) : "not downloaded"
                print("\(name)  \(entry.summary); \(place)")
            }
            guard !global.quiet else { return }
            print("\nyolact-video models pull NAME downloads one;")
            print("yolact-video segment INPUT -o OUTPUT --weights NAME runs it.")
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download an official model.",
            discussion: """
                An interrupted download goes on where it stopped. Size and SHA-256 are checked where \
                they are known. The path of the file is printed on standard output.

                Examples:
                  yolact-video models pull yolact-resnet50
                  yolact-video segment in.mp4 -o out.mp4 --weights yolact-resnet50
                """)

        @Argument(help: "Name of a model, as 'models list' has it.")
        var name: String

        @OptionGroup var location: LocationOptions
        @OptionGroup(title: "General options") var global: GlobalOptions

        func run() async throws {
            guard let entry = ModelCatalog.entry(named: name) else {
                throw ValidationError(
                    "there is no model '\(name)'; there are: "
                        + ModelCatalog.entries.map(\.name).joined(separator: ", "))
            }
            let downloader = location.downloader
            let logger = global.makeLogger()
            logger.info("\(entry.url(baseURL: downloader.baseURL))")
            let path = try await pull(entry, downloader, logger)
            print(path)
        }

        private func pull(
            _ entry: ModelCatalog.Entry, _ downloader: ModelDownloader, _ logger: Logger
        ) async throws -> String {
            let received = Mutex(DownloadProgress?.none)
            do {
                return try await downloader.pull(entry) { progress in
                    let isNews = received.withLock { last in
                        // A line for each 5 %, or each 5 MB where the size is not known.
                        let step = max(1, (progress.totalByteCount ?? 100_000_000) / 20)
                        let isNews =
                            last == nil
                            || progress.receivedByteCount / step
                                > (last?.receivedByteCount ?? 0) / step
                        last = progress
                        return isNews
                    }
                    if isNews { logger.info("\(Self.text(progress))") }
                }
            } catch let error as DownloadError
                where ![.cannotWrite, .busy, .cancelled].contains(error.kind)
            {
                throw PullFailed(error: error, path: downloader.path(of: entry))
            }
        }

        private static func text(_ progress: DownloadProgress) -> String {
            let received = String(format: "%.1f MB", Double(progress.receivedByteCount) / 1e6)
            guard let total = progress.totalByteCount, total > 0 else { return received }
            let share = 100 * progress.receivedByteCount / total
            return received + String(format: " of %.1f MB (%d %%)", Double(total) / 1e6, share)
        }
    }

    /// A download that failed, and what else can be done.
    struct PullFailed: ExitReasonProviding, CustomStringConvertible {
        var error: DownloadError
        var path: String

        var exitReason: ExitReason { error.exitReason }
        var description: String {
            "\(error); the file can be put there by hand: \(path)"
        }
    }

    /// Where models come from and go to.
    struct LocationOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Directory for models (default: ~/.cache/yolact-video).", valueName: "dir"),
            completion: .directory)
        var directory: String?

        @Option(
            help: ArgumentHelp(
                "Download from here instead of the official site.", valueName: "url"))
        var baseURL: String = ModelCatalog.baseURL

        var downloader: ModelDownloader {
            ModelDownloader(
                baseURL: baseURL, directory: directory ?? ModelCatalog.cacheDirectory())
        }
    }
}
