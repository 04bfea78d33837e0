extension RunLengthEncoding {
    /// Number of pixels set in both masks.
    ///
    /// - Throws: ``RunLengthError/differentPictures``.
    public func intersectionArea(with other: RunLengthEncoding) throws(RunLengthError) -> Int {
        guard width == other.width, height == other.height else { throw .differentPictures }
        var area = 0
        var (i, j) = (0, 0)
        var (end, otherEnd) = (0, 0)
        var position = 0
        // Both lists cover the same pixels: step from the end of one run to the next end in either.
        while i < counts.count && j < other.counts.count {
            if end <= position { end = position + Int(counts[i]) }
            if otherEnd <= position { otherEnd = position + Int(other.counts[j]) }
            let next = min(end, otherEnd)
            if i % 2 == 1 && j % 2 == 1 { area += next - position }
            position = next
            if end == next { i += 1 }
            if otherEnd == next { j += 1 }
        }
        return area
    }

    /// Intersection over union, 0...1; 0 for two empty masks.
    ///
    /// - Throws: ``RunLengthError/differentPictures``.
    public func intersectionOverUnion(
        with other: RunLengthEncoding
    ) throws(RunLengthError) -> Double {
        let intersection = try intersectionArea(with: other)
        let union = area + other.area - intersection
        return union > 0 ? Double(intersection) / Double(union) : 0
    }
}
