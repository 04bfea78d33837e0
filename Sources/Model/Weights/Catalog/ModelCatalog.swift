import Foundation

/// The official YOLACT models and where this program keeps them.
public enum ModelCatalog {
    /// A model that can be downloaded.
    public struct Entry: Sendable, Hashable {
        /// The name to call it by, such as `yolact-resnet50`.
        public var name: String
        /// The official file name, which tells the configuration.
        public var file: String
        /// What it is, in a few words.
        public var summary: String
        /// Size in bytes, where known.
        public var byteCount: Int?
        /// SHA-256 in lower-case hexadecimal digits, where known.
        public var sha256: String?
        /// Where the size is not known, a smaller file than this cannot be the model.
        public var minimumByteCount: Int

        /// Creates an entry.
        public init(
            name: String, file: String, summary: String, byteCount: Int? = nil,
            sha256: String? = nil, minimumByteCount: Int = 50_000_000
        ) {
            self.name = name
            self.file = file
            self.summary = summary
            self.byteCount = byteCount
            self.sha256 = sha256
            self.minimumByteCount = minimumByteCount
        }

        /// The file's address below `baseURL`: `NAME/resolve/main/FILE`.
        public func url(baseURL: String = ModelCatalog.baseURL) -> String {
            let base = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
            return "\(base)/\(name)/resolve/main/\(file)"
        }
    }

    /// Where the author of YOLACT publishes the models.
    public static let baseURL = "https://huggingface.co/dbolya"

    /// All official models with published weights. Accuracies are mask mAP on COCO test-dev.
    public static let entries = [
        Entry(
            name: "yolact-resnet50", file: "yolact_resnet50_54_800000.pth",
            summary: "ResNet-50, 550 px, COCO, mask mAP 28.2", byteCount: 127_300_392,
            sha256: "c12bb7a7e0343281db7f1407b376970bb52651f121d0b60bc4a49207acb6d6d7"),
        Entry(
            name: "yolact-darknet53", file: "yolact_darknet53_54_800000.pth",
            summary: "DarkNet-53, 550 px, COCO, mask mAP 28.7"),
        Entry(
            name: "yolact-base", file: "yolact_base_54_800000.pth",
            summary: "ResNet-101, 550 px, COCO, mask mAP 29.8"),
        Entry(
            name: "yolact-im700", file: "yolact_im700_54_800000.pth",
            summary: "ResNet-101, 700 px, COCO, mask mAP 31.2"),
        Entry(
            name: "yolact-plus-resnet50", file: "yolact_plus_resnet50_54_800000.pth",
            summary: "YOLACT++, ResNet-50, 550 px, COCO, mask mAP 34.1"),
        Entry(
            name: "yolact-plus-base", file: "yolact_plus_base_54_800000.pth",
            summary: "YOLACT++, ResNet-101, 550 px, COCO, mask mAP 34.6"),
    ]

    /// The entry of that name; also by file name or by the name of its configuration, such as
    /// `yolact_resnet50`.
    public static func entry(named name: String) -> Entry? {
        entries.first {
            name == $0.name || name == $0.file
                || name == YolactConfiguration.preset(forFile: $0.file)?.name
        }
    }

    /// The directory that downloads go to: `yolact-video` in `$XDG_CACHE_HOME`, or in `~/.cache`.
    public static func cacheDirectory() -> String {
        cacheDirectory(environment: ProcessInfo.processInfo.environment)
    }

    static func cacheDirectory(environment: [String: String]) -> String {
        // A relative path is to be ignored, says the specification of that variable.
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return "\(cache)/yolact-video"
        }
        return "\(environment["HOME"] ?? NSHomeDirectory())/.cache/yolact-video"
    }
}
