/// Why the overlay could not be painted.
public enum OverlayError: Error, Equatable, CustomStringConvertible {
    /// The font that belongs to the program is in none of the places where it may be installed.
    case fontNotFound(searched: [String])
    /// FreeType refused the font, or one of its glyphs.
    case font(path: String, operation: String, reason: String)
    /// The planes are too few, too small or misaligned for the format and size given with them.
    case planesDoNotFit(reason: String)
    /// An instance whose mask does not hold as many bytes as its region has pixels.
    case maskDoesNotFit(instance: Int, region: Int, bytes: Int)

    /// The problem in one line.
    public var description: String {
        switch self {
        case .fontNotFound(let searched):
            "the label font is not installed; searched \(searched.joined(separator: ", "))"
        case .font(let path, let operation, let reason):
            "\(path): \(operation) failed: \(reason)"
        case .planesDoNotFit(let reason):
            "the frame cannot be painted: \(reason)"
        case .maskDoesNotFit(let instance, let region, let bytes):
            "the mask of instance \(instance) holds \(bytes) bytes for a region of \(region) pixels"
        }
    }
}
