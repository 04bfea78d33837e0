extension EvaluationShape {
    /// Reads a `segmentation`: polygons, run lengths, or null.
    init(_ cursor: inout JSONCursor) throws(JSONFault) {
        switch cursor.peek() {
        case UInt8(ascii: "["):
            self = try Self.outlines(&cursor)
        case UInt8(ascii: "n"):
            guard cursor.takeNull() else { throw cursor.fault("expected a segmentation") }
            self = .none
        default:
            self = .runLengths(try RunLengthEncoding(&cursor))
        }
    }

    private static func outlines(_ cursor: inout JSONCursor) throws(JSONFault) -> EvaluationShape {
        var outlines: [[Double]] = []
        try cursor.forEachElement { (cursor, _) throws(JSONFault) in
            let outline = try cursor.numbers()
            // COCO's tools look at the first only; others may be lines or points, which enclose nothing.
            if outlines.isEmpty, outline.count < 6 {
                throw cursor.fault("a polygon has at least 6 numbers, not \(outline.count)")
            }
            outlines.append(outline)
        }
        return outlines.isEmpty ? .none : .polygons(outlines)
    }
}

extension RunLengthEncoding {
    /// Reads `{"size": [height, width], "counts": ...}`, the counts compressed or as numbers.
    init(_ cursor: inout JSONCursor) throws(JSONFault) {
        var size: [Double]?
        var value: JSONCursor?
        try cursor.forEachMember { (cursor, key) throws(JSONFault) in
            switch key {
            case "size": size = try cursor.numbers()
            case "counts":
                // The size may come behind; the counts are read when it is known.
                _ = cursor.peek()
                value = cursor
                try cursor.skip()
            default: try cursor.skip()
            }
        }
        let sides = try cursor.required(size, "size")
        guard sides.count == 2, let height = Int(exactly: sides[0]),
            let width = Int(exactly: sides[1])
        else { throw cursor.fault("a size has 2 whole numbers") }
        var counts = try cursor.required(value, "counts")
        do throws(JSONFault) {
            self = try Self.read(&counts, width: width, height: height)
        } catch {
            var fault = error
            fault.place = ".counts\(fault.place)"
            throw fault
        }
    }

    private static func read(
        _ cursor: inout JSONCursor, width: Int, height: Int
    ) throws(JSONFault) -> RunLengthEncoding {
        let start = cursor
        if cursor.peek() == UInt8(ascii: "\"") {
            return try cursor.withStringBytes { (bytes) throws(JSONFault) in
                do throws(RunLengthError) {
                    return try RunLengthEncoding(
                        width: width, height: height, compressedBytes: bytes)
                } catch {
                    throw start.fault(error.description)
                }
            }
        }
        var counts: [UInt32] = []
        try cursor.forEachElement { (cursor, _) throws(JSONFault) in
            guard let count = UInt32(exactly: try cursor.number()) else {
                throw cursor.fault("no run length")
            }
            counts.append(count)
        }
        do throws(RunLengthError) {
            return try RunLengthEncoding(width: width, height: height, counts: counts)
        } catch {
            throw start.fault(error.description)
        }
    }
}
