/// What is wrong with a run-length encoded mask.
public enum RunLengthError: Error, Equatable, CustomStringConvertible {
    /// A width or height that is negative, or more pixels than ``RunLengthEncoding/maximumPixels``.
    case invalidSize(width: Int, height: Int)
    /// A byte that compressed counts do not use.
    case invalidCharacter(byte: UInt8, offset: Int)
    /// The text ends within a number.
    case truncated(length: Int)
    /// A number that is negative or too large for any picture.
    case invalidCount(index: Int)
    /// The runs cover more or fewer pixels than the picture has.
    case sizeMismatch(covered: Int, pixels: Int)
    /// A mask that does not hold as many bytes as its region has pixels.
    case regionMismatch(region: Int, bytes: Int)
    /// Two masks of pictures of different sizes were to be compared.
    case differentPictures
    /// A corner of an outline further off than ``RunLengthEncoding/maximumCoordinate``.
    case invalidCoordinate(Double)

    /// The problem in one line.
    public var description: String {
        switch self {
        case .invalidSize(let width, let height):
            "a mask cannot be \(width)x\(height) pixels"
        case .invalidCharacter(let byte, let offset):
            "byte \(byte) at offset \(offset) does not belong into run lengths"
        case .truncated(let length):
            "run lengths end within a number after \(length) bytes"
        case .invalidCount(let index):
            "run length \(index) is negative or too large"
        case .sizeMismatch(let covered, let pixels):
            "run lengths cover \(covered) pixels of a picture of \(pixels)"
        case .regionMismatch(let region, let bytes):
            "a mask holds \(bytes) bytes for a region of \(region) pixels"
        case .differentPictures:
            "the masks belong to pictures of different sizes"
        case .invalidCoordinate(let value):
            "an outline cannot pass through \(value)"
        }
    }
}
