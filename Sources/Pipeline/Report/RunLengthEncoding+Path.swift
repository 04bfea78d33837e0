extension RunLengthEncoding {
    /// The outlines as the `d` attribute of an SVG path, in pixels.
    var svgPath: String {
        outlines.map { outline in
            var text = ""
            for (index, corner) in outline.enumerated() {
                if index == 0 {
                    text = "M\(corner.x) \(corner.y)"
                } else {
                    // Outlines turn at every corner, so coordinates change in turn.
                    text += index % 2 == 1 ? "H\(corner.x)" : "V\(corner.y)"
                }
            }
            return text + "Z"
        }.joined()
    }
}
