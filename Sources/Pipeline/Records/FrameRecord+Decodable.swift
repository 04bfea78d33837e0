import Model

extension FrameRecord: Decodable {
    private enum CodingKeys: String, CodingKey { case frame, time, instances }

    /// Reads a line of a record file; `time` may be missing or null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            frame: try container.decode(Int.self, forKey: .frame),
            time: try container.decodeIfPresent(Double.self, forKey: .time),
            instances: try container.decode([InstanceRecord].self, forKey: .instances))
    }
}

extension InstanceRecord: Decodable {
    private enum CodingKeys: String, CodingKey { case id, category, score, bbox, segmentation }

    /// Reads an element of `instances`; `id` and `score` may be missing or null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let box = try container.decode([Int].self, forKey: .bbox)
        guard box.count == 4 else {
            throw DecodingError.dataCorruptedError(
                forKey: .bbox, in: container,
                debugDescription: "a box has 4 numbers, not \(box.count)")
        }
        self.init(
            id: try container.decodeIfPresent(Int.self, forKey: .id),
            category: try container.decode(String.self, forKey: .category),
            score: try container.decodeIfPresent(Float.self, forKey: .score),
            box: PixelRectangle(x: box[0], y: box[1], width: box[2], height: box[3]),
            segmentation: try container.decode(RunLengthEncoding.self, forKey: .segmentation))
    }
}

extension RunLengthEncoding: Decodable {
    private enum CodingKeys: String, CodingKey { case size, counts }

    /// Reads `{"size": [height, width], "counts": ...}`, the counts compressed or as a list of numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let size = try container.decode([Int].self, forKey: .size)
        guard size.count == 2 else {
            throw DecodingError.dataCorruptedError(
                forKey: .size, in: container,
                debugDescription: "a size has 2 numbers, not \(size.count)")
        }
        do {
            if let text = try? container.decode(String.self, forKey: .counts) {
                try self.init(width: size[1], height: size[0], compressedCounts: text)
            } else {
                let counts = try container.decode([UInt32].self, forKey: .counts)
                try self.init(width: size[1], height: size[0], counts: counts)
            }
        } catch let error as RunLengthError {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container, debugDescription: error.description)
        }
    }
}
