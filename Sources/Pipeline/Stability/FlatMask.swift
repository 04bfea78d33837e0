import Model

/// A mask with a byte for every pixel of the picture.
struct FlatMask: Sendable {
    let pixels: [UInt8]
    /// Rows and columns that may be set.
    let columns: Range<Int>
    let rows: Range<Int>
    /// Number of set pixels.
    let area: Int

    init(_ mask: InstanceMask, width: Int, height: Int) {
        let span = Span2D(mask.region).clipped(width: width, height: height)
        var pixels = [UInt8](repeating: 0, count: width * height)
        var area = 0
        if !span.isEmpty {
            for y in span.top..<span.bottom {
                let line = (y - mask.region.y) * mask.region.width - mask.region.x
                for x in span.left..<span.right where mask.pixels[line + x] != 0 {
                    pixels[y * width + x] = 1
                    area += 1
                }
            }
        }
        self.pixels = pixels
        self.area = area
        columns = span.isEmpty ? 0..<0 : span.left..<span.right
        rows = span.isEmpty ? 0..<0 : span.top..<span.bottom
    }
}
