import Model

/// Builds a record's line byte by byte: keys in a fixed order, numbers in their shortest form that reads
/// back as the same value, so that equal records give equal bytes.
extension FrameRecord {
    /// Appends the record as one line of JSON, newline included.
    func appendLine(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"frame\":".utf8)
        JSONText.append(frame, to: &bytes)
        bytes.append(contentsOf: ",\"time\":".utf8)
        // JSON has no numbers that are not finite.
        bytes.append(contentsOf: (time.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null").utf8)
        bytes.append(contentsOf: ",\"instances\":[".utf8)
        for (index, instance) in instances.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            instance.append(to: &bytes)
        }
        bytes.append(contentsOf: "]}\n".utf8)
    }
}

extension InstanceRecord {
    fileprivate func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        if let id {
            bytes.append(contentsOf: "\"id\":".utf8)
            JSONText.append(id, to: &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        bytes.append(contentsOf: "\"category\":".utf8)
        JSONText.append(quoted: category, to: &bytes)
        if let score {
            bytes.append(contentsOf: ",\"score\":".utf8)
            bytes.append(contentsOf: (score.isFinite ? "\(score)" : "null").utf8)
        }
        bytes.append(contentsOf: ",\"bbox\":[".utf8)
        JSONText.append(box.x, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        JSONText.append(box.y, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        JSONText.append(box.width, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        JSONText.append(box.height, to: &bytes)
        bytes.append(contentsOf: "],\"segmentation\":{\"size\":[".utf8)
        JSONText.append(segmentation.height, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        JSONText.append(segmentation.width, to: &bytes)
        bytes.append(contentsOf: "],\"counts\":\"".utf8)
        segmentation.appendCompressedCounts(to: &bytes, doublesBackslashes: true)
        bytes.append(contentsOf: "\"}}".utf8)
    }
}
