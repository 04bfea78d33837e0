import Foundation

/// Why a data set or a results file could not be used.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// The operating system refused; `code` is its errno.
    case system(path: String, operation: String, code: Int32)
    /// Text that is no JSON, or JSON of another shape; `place` is like `annotations[3].bbox`, `offset`
    /// counts bytes from 0.
    case malformed(path: String, offset: Int, place: String, reason: String)
    /// The parts of a file do not fit together, or do not fit the data set.
    case inconsistent(path: String, reason: String)
    /// An image that is not in the data set.
    case unknownImage(id: Int)
    /// Detections of an image were added a second time.
    case imageAddedTwice(id: Int)
    /// A truth that cannot be turned into a mask.
    case unusableTruth(annotation: Int, image: Int, reason: String)
    /// A detection without what the evaluation compares.
    case unusableDetection(image: Int, reason: String)
    /// A picture of the data set that is not there; `others` counts further ones.
    case missingPicture(path: String, image: Int, others: Int)
    /// The data set has none of the classes of the network.
    case noCommonClass(path: String, categories: [String], classes: [String])
    /// A journal that was begun under other circumstances, or by something else.
    case otherOrigin(path: String, differences: [String])
    /// A journal that another process writes.
    case busy(path: String)

    /// The problem in one line.
    public var description: String {
        switch self {
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code)))"
        case .malformed(let path, let offset, let place, let reason):
            "\(path): \(reason)\(place.isEmpty ? "" : " at \(place)") (byte \(offset))"
        case .inconsistent(let path, let reason):
            "\(path): \(reason)"
        case .unknownImage(let id):
            "image \(id) is not in the data set"
        case .imageAddedTwice(let id):
            "detections of image \(id) were added twice"
        case .unusableTruth(let annotation, let image, let reason):
            "annotation \(annotation) of image \(image): \(reason)"
        case .unusableDetection(let image, let reason):
            "a detection in image \(image): \(reason)"
        case .missingPicture(let path, let image, let others):
            "\(path): the file of image \(image) is not there"
                + (others > 1 ? ", nor are those of \(others) other images" : "")
                + (others == 1 ? ", nor is that of another image" : "")
        case .noCommonClass(let path, let categories, let classes):
            "\(path): none of its categories (\(Self.list(categories))) is a class of the model "
                + "(\(Self.list(classes)))"
        case .otherOrigin(let path, let differences):
            "\(path): these partial results were made with other "
                + differences.joined(separator: ", ")
        case .busy(let path):
            "\(path): another process is writing it"
        }
    }

    /// The first few names of a list that may be long.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(10).map { $0.isEmpty ? "no name" : $0 }.joined(separator: ", ")
        return names.count > 10 ? "\(shown), ... \(names.count) in all" : shown
    }
}
