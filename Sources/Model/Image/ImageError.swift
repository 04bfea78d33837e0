/// A picture that cannot be read as what it claims to be.
public enum ImageError: Error, Equatable, CustomStringConvertible {
    /// Width or height is not positive.
    case empty(width: Int, height: Int)
    /// A plane is missing or holds fewer bytes than the size and layout need.
    case planeTooSmall(plane: Int, needed: Int, found: Int)

    /// One line.
    public var description: String {
        switch self {
        case .empty(let width, let height): "a picture of \(width) x \(height) pixels is empty"
        case .planeTooSmall(let plane, let needed, let found):
            "plane \(plane) of the picture holds \(found) bytes where \(needed) are needed"
        }
    }
}

extension ImageView {
    /// Checks that every plane holds all rows of the picture.
    func validate() throws(ImageError) {
        guard width > 0, height > 0 else { throw .empty(width: width, height: height) }
        switch layout {
        case .rgb24: try check(0, rowBytes: 3 * width, rows: height)
        case .yuv(let layout):
            let bytes = layout.bitDepth > 8 ? 2 : 1
            let columns = (width + (1 << layout.chromaShiftX) - 1) >> layout.chromaShiftX
            let rows = (height + (1 << layout.chromaShiftY) - 1) >> layout.chromaShiftY
            try check(0, rowBytes: width * bytes, rows: height)
            if layout.isSemiPlanar {
                try check(1, rowBytes: 2 * columns * bytes, rows: rows)
            } else {
                try check(1, rowBytes: columns * bytes, rows: rows)
                try check(2, rowBytes: columns * bytes, rows: rows)
            }
        }
    }

    private func check(_ index: Int, rowBytes: Int, rows: Int) throws(ImageError) {
        guard let plane = plane(index) else {
            throw .planeTooSmall(plane: index, needed: rowBytes * rows, found: 0)
        }
        let needed = (rows - 1) * plane.bytesPerRow + rowBytes
        guard plane.bytesPerRow >= rowBytes, plane.bytes.count >= needed else {
            throw .planeTooSmall(plane: index, needed: needed, found: plane.bytes.count)
        }
    }
}
