import CFFmpeg

/// Turns and mirrors pictures by moving samples: exact, nothing is interpolated.
enum FrameTurner {
    /// Writes `source`, turned, to `destination`, which has the same format and the size that fits.
    static func turn(
        _ source: UnsafeMutablePointer<AVFrame>, format: PixelFormat, orientation: Orientation,
        into destination: UnsafeMutablePointer<AVFrame>
    ) {
        let width = Int(source.pointee.width)
        let height = Int(source.pointee.height)
        for index in 0..<format.planeCount {
            let size = format.planeSize(index, width: width, height: height)
            let sampleBytes = size.width == 0 ? 0 : size.rowBytes / size.width
            let (from, to) = (source.plane(index), destination.plane(index))
            guard let input = from.start, let output = to.start else { continue }
            let plane = Plane(
                input: input, inputStride: from.stride, output: output, outputStride: to.stride,
                width: size.width, height: size.height)
            switch sampleBytes {
            case 1: turn(plane, UInt8.self, orientation)
            case 2: turn(plane, UInt16.self, orientation)
            default: turn(plane, UInt32.self, orientation)
            }
        }
    }

    private struct Plane {
        let input: UnsafePointer<UInt8>
        let inputStride: Int
        let output: UnsafeMutablePointer<UInt8>
        let outputStride: Int
        let width: Int
        let height: Int

        func inputRow<T>(_ y: Int, _: T.Type) -> UnsafePointer<T> {
            UnsafeRawPointer(input + y * inputStride).assumingMemoryBound(to: T.self)
        }

        func outputRow<T>(_ y: Int, _: T.Type) -> UnsafeMutablePointer<T> {
            UnsafeMutableRawPointer(output + y * outputStride).assumingMemoryBound(to: T.self)
        }
    }

    private static func turn<Sample>(
        _ plane: Plane, _: Sample.Type, _ orientation: Orientation
    ) {
        if orientation.swapsAxes {
            swapAxes(plane, Sample.self, orientation)
            return
        }
        for y in 0..<plane.height {
            let from = plane.inputRow(y, Sample.self)
            let to = plane.outputRow(
                orientation.reversesRows ? plane.height - 1 - y : y, Sample.self)
            if orientation.reversesColumns {
                for x in 0..<plane.width { to[plane.width - 1 - x] = from[x] }
            } else {
                to.update(from: from, count: plane.width)
            }
        }
    }

    /// In squares, so that both the rows read and the rows written stay in the cache.
    private static func swapAxes<Sample>(
        _ plane: Plane, _: Sample.Type, _ orientation: Orientation
    ) {
        let side = 32
        for top in stride(from: 0, to: plane.height, by: side) {
            for left in stride(from: 0, to: plane.width, by: side) {
                for x in left..<min(left + side, plane.width) {
                    let to = plane.outputRow(
                        orientation.reversesRows ? plane.width - 1 - x : x, Sample.self)
                    for y in top..<min(top + side, plane.height) {
                        let column = orientation.reversesColumns ? plane.height - 1 - y : y
                        to[column] = plane.inputRow(y, Sample.self)[x]
                    }
                }
            }
        }
    }
}

extension ChromaLocation {
    /// Where chroma lies after turning; unspecified where no name exists for it.
    func turned(_ orientation: Orientation) -> ChromaLocation {
        // Positions in half luma samples from the upper left of the chroma sample's area.
        let positions: [ChromaLocation: (Int, Int)] = [
            .left: (0, 1), .center: (1, 1), .topLeft: (0, 0), .top: (1, 0), .bottomLeft: (0, 2),
            .bottom: (1, 2),
        ]
        guard var (x, y) = positions[self] else { return .unspecified }
        if orientation.swapsAxes { (x, y) = (y, x) }
        if orientation.reversesColumns { x = 2 - x }
        if orientation.reversesRows { y = 2 - y }
        return positions.first { $0.value == (x, y) }?.key ?? .unspecified
    }
}
