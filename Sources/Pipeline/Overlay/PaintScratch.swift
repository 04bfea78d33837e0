/// Row buffers of the painter, kept from frame to frame.
final class PaintScratch {
    /// Weights of one row of chroma samples.
    private(set) var weights = UnsafeMutablePointer<UInt16>.allocate(capacity: 1)
    /// Coverage of the luma pixels of one row of chroma samples, summed over its luma rows.
    private(set) var sums = UnsafeMutablePointer<UInt16>.allocate(capacity: 1)
    /// Set pixels of a mask among the luma rows of one row of chroma samples.
    private(set) var pixelCounts = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    /// Coverage of a label, one byte a pixel.
    private(set) var label = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    /// Finds outlines.
    var boundary = MaskBoundary()
    /// Painting order of the instances.
    var order: [Int] = []

    private var rowCapacity = 1
    private var labelCapacity = 1

    /// Makes room for rows of a picture of that width.
    func reserve(width: Int) {
        // A region that starts at an odd column and ends at an even one has an extra pixel each side.
        let needed = width + 4
        guard needed > rowCapacity else { return }
        weights.deallocate()
        sums.deallocate()
        pixelCounts.deallocate()
        weights = .allocate(capacity: needed)
        sums = .allocate(capacity: needed)
        pixelCounts = .allocate(capacity: needed)
        rowCapacity = needed
    }

    /// Makes room for a label and clears it.
    func reserveLabel(pixels: Int) -> UnsafeMutablePointer<UInt8> {
        if pixels > labelCapacity {
            label.deallocate()
            label = .allocate(capacity: pixels)
            labelCapacity = pixels
        }
        label.update(repeating: 0, count: pixels)
        return label
    }

    deinit {
        weights.deallocate()
        sums.deallocate()
        pixelCounts.deallocate()
        label.deallocate()
    }
}
