import Foundation

/// Class names of the data sets that the official models were trained on, in training order.
public enum ClassNames {
    /// The 80 classes of COCO.
    public static let coco = [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
        "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat",
        "dog",
        "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
        "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
        "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
        "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
        "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
        "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote",
        "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
        "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
    ]

    /// The 20 classes of Pascal VOC.
    public static let pascal = [
        "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
        "train", "tvmonitor",
    ]

    /// The six classes of the built-in demo model.
    public static let shapes = ["circle", "square", "triangle", "star", "cross", "ring"]

    /// Class names from a file: one a line, where empty lines, white space around names and a byte order mark
    /// are dropped; or a list of texts in JSON.
    ///
    /// - Throws: ``ConfigurationError`` if the file cannot be read or holds no names.
    public static func load(_ path: String) throws(ConfigurationError) -> [String] {
        let text = try YolactConfiguration.read(path)
        guard String(validating: text, as: UTF8.self) != nil else {
            throw ConfigurationError(source: path, problems: ["the class names are not UTF-8 text"])
        }
        let lines = LineReader.lines(text).map {
            $0.text.trimmingCharacters(in: .whitespacesAndNewlines)
        }.filter { !$0.isEmpty }
        let contents = lines.joined(separator: "\n")
        let names = isJSON(contents) ? try list(contents, path) : lines
        guard !names.isEmpty else {
            throw ConfigurationError(source: path, problems: ["it holds no class names"])
        }
        return names
    }

    /// A class may be called `[other]`, but no list of names begins with a bracket and has quotes as well.
    private static func isJSON(_ text: String) -> Bool {
        (text.hasPrefix("[") || text.hasPrefix("{")) && text.contains("\"")
    }

    private static func list(_ text: String, _ path: String) throws(ConfigurationError) -> [String]
    {
        guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
            throw ConfigurationError(
                source: path,
                problems: [
                    "class names must be one a line, or a list of texts in JSON, such as "
                        + #"["bottle", "can"]"#
                ])
        }
        return names
    }
}
