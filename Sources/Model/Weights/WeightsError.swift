/// Why a weights file could not be read or written, in one line.
public struct WeightsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What sort of failure it is, for programs; people read ``WeightsError/description``.
    public enum Kind: Equatable, Sendable {
        /// The operating system refused to open or read the file.
        case cannotRead
        /// The file has no bytes.
        case empty
        /// The file is an HTML page, which is what a failed download often leaves.
        case webPage
        /// The file is something else than weights.
        case notWeights
        /// The file is of a known kind that this reader does not read.
        case unsupported
        /// The file ends too early.
        case truncated
        /// The file contradicts itself or its format.
        case corrupted
        /// The pickle inside asks for this Python global, which is not one of those that describe
        /// tensors. Nothing was run.
        case refusedGlobal(String)
        /// The file has no such tensor, or it is of another shape or type than asked for.
        case noSuchTensor
        /// A tensor holds a number that no network can compute with, or that the wanted precision cannot
        /// hold.
        case impossibleValue
        /// The file could not be written.
        case cannotWrite
    }

    /// What sort of failure it is.
    public var kind: Kind
    /// The file.
    public var path: String
    /// Where in the file, in bytes from its start, if that means anything.
    public var offset: Int?
    /// What went wrong, without the path.
    public var detail: String

    /// Creates an error.
    public init(_ kind: Kind, path: String, offset: Int? = nil, _ detail: String) {
        self.kind = kind
        self.path = path
        self.offset = offset
        self.detail = detail
    }

    /// Path, failure and offset in one line. Names taken from a damaged file can hold anything, so
    /// control characters become question marks and the length is limited.
    public var description: String {
        "\(path): \(printable(detail, limit: 2000))" + (offset.map { " (at byte \($0))" } ?? "")
    }
}

/// The first characters of a text that may come from a hostile file, with question marks for those that a
/// terminal would act on.
func printable(_ text: String, limit: Int) -> String {
    String(
        text.prefix(limit).map { character in
            character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                ? character : "?"
        })
}
