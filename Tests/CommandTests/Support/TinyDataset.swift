import Foundation

/// A COCO data set of frames of the sample clip: pictures without loss, truth in COCO's words, with ids
/// and an order of categories that are not the model's.
struct TinyDataset {
    /// Numbers of the frames; image ids are ten times as large.
    let frames = [0, 30, 60, 90, 120, 150]
    static let categories = [
        (17, "Ring"), (3, "circle"), (90, "star"), (5, "cross"), (8, "TRIANGLE"), (21, "square"),
    ]

    /// Makes `images/` and `instances.json`.
    init(in scratch: Scratch) throws {
        try FileManager.default.createDirectory(
            atPath: scratch.path("images"), withIntermediateDirectories: false)
        try scratch.ffmpeg(
            "-i", Scratch.sample, "-vf", "select=not(mod(n\\,30))", "-fps_mode", "passthrough",
            "-frames:v", "\(frames.count)", "-start_number", "0", "images/%d.png")
        try scratch.write(JSONSerialization.data(withJSONObject: object()), to: "instances.json")
    }

    private func object() throws -> [String: Any] {
        let lines = try String(
            contentsOfFile: Repository.path("samples/shapes.ndjson"), encoding: .utf8
        ).split(separator: "\n")
        var annotations: [[String: Any]] = []
        for number in frames {
            let line = try JSONSerialization.jsonObject(with: Data(lines[number].utf8))
            let instances = (line as? [String: Any])?["instances"] as? [[String: Any]] ?? []
            for instance in instances {
                let name = instance["category"] as? String ?? ""
                let box = instance["bbox"] as? [Double] ?? []
                let id = Self.categories.first { $0.1.lowercased() == name }?.0
                annotations.append([
                    "id": annotations.count + 1, "image_id": number * 10,
                    "category_id": id ?? -1, "bbox": box, "iscrowd": 0, "area": box[2] * box[3],
                    "segmentation": instance["segmentation"] ?? NSNull(),
                ])
            }
        }
        return [
            "images": frames.enumerated().map {
                ["id": $1 * 10, "width": 640, "height": 360, "file_name": "set/\($0).png"]
            },
            "categories": Self.categories.map { ["id": $0.0, "name": $0.1] },
            "annotations": annotations,
        ]
    }
}

/// The figures that `evaluate --json` writes, read without the program's own types.
struct FiguresFile: Decodable, Equatable {
    struct Category: Decodable, Equatable {
        var id: Int
        var name: String
        var truths: Int
        var box: [String: Double?]?
        var mask: [String: Double?]?
    }
    struct Table: Decodable, Equatable {
        var box: [String: Double]?
        var mask: [String: Double]?
    }
    var images: Int
    var truths: Int
    var detections: Int
    var box: [String: Double?]?
    var mask: [String: Double?]?
    var yolact: Table
    var categories: [Category]
    var warnings: [String]

    static func read(_ data: Data) throws -> FiguresFile {
        try JSONDecoder().decode(FiguresFile.self, from: data)
    }
}
