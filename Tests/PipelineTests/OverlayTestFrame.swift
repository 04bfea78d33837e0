import Model
import Pipeline

@testable import VideoIO

/// A frame in memory with noise in all samples and in the padding of its rows, so that any stray write
/// shows.
final class OverlayTestFrame {
    let format: PixelFormat
    let width: Int
    let height: Int
    private(set) var planes: [MutableFramePlane] = []

    init(_ format: PixelFormat, width: Int, height: Int, seed: UInt64 = 1) {
        self.format = format
        self.width = width
        self.height = height
        var random = SplitMix(state: seed)
        for plane in 0..<format.planeCount {
            let columns = plane == 0 ? width : chromaWidth
            let rows = plane == 0 ? height : chromaHeight
            let samples = columns * (plane > 0 && format.isSemiPlanar ? 2 : 1)
            let bytesPerRow = (samples * format.bytesPerSample + 7) / 8 * 8 + 8
            let bytes = UnsafeMutableRawBufferPointer.allocate(
                byteCount: bytesPerRow * rows, alignment: 16)
            if format.bytesPerSample == 1 {
                for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: random.next()) }
            } else {
                let words = bytes.bindMemory(to: UInt16.self)
                for i in words.indices {
                    words[i] = UInt16(random.next() % 1024) << UInt16(format.lowPadding)
                }
            }
            planes.append(
                MutableFramePlane(
                    bytes: bytes, bytesPerRow: bytesPerRow, width: columns, height: rows))
        }
    }

    deinit {
        for plane in planes { plane.bytes.deallocate() }
    }

    var chromaWidth: Int { (width + (1 << format.chromaShiftX) - 1) >> format.chromaShiftX }
    var chromaHeight: Int { (height + (1 << format.chromaShiftY) - 1) >> format.chromaShiftY }

    /// All bytes of all planes, padding included.
    var bytes: [[UInt8]] { planes.map { Array($0.bytes) } }

    /// The code of a sample of component 0 (Y), 1 (U) or 2 (V).
    func code(_ component: Int, _ x: Int, _ y: Int) -> Int {
        let interleaved = component > 0 && format.isSemiPlanar
        let plane = planes[interleaved ? 1 : component]
        let index = interleaved ? 2 * x + component - 1 : x
        let row = UnsafeRawBufferPointer(plane.bytes)[(y * plane.bytesPerRow)...]
        if format.bytesPerSample == 1 { return Int(row[row.startIndex + index]) }
        let word = UnsafeRawBufferPointer(rebasing: row)
            .loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        return Int(word >> UInt16(format.lowPadding))
    }

    /// The codes of a component, row by row.
    func codes(_ component: Int) -> [Int] {
        let (columns, rows) = component == 0 ? (width, height) : (chromaWidth, chromaHeight)
        return (0..<rows).flatMap { y in (0..<columns).map { code(component, $0, y) } }
    }

    /// Paints instances as the product does.
    func paint(
        _ instances: [Instance], _ options: OverlayOptions, classNames: [String] = [],
        colour: OverlayColourSpace = .bt709
    ) throws {
        let painter = try OverlayPainter(options: options, classNames: classNames)
        try painter.paint(
            instances, on: planes, format: format, width: width, height: height, colour: colour)
    }
}

extension OverlayColourSpace {
    static let bt709 = OverlayColourSpace(
        redWeight: 0.2126, blueWeight: 0.0722, isFullRange: false)
    static let bt601Full = OverlayColourSpace(
        redWeight: 0.299, blueWeight: 0.114, isFullRange: true)
}

/// A small deterministic generator (Steele et al., 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension InstanceMask {
    /// An ellipse that touches all sides of the region.
    static func ellipse(in region: PixelRectangle) -> InstanceMask {
        InstanceMask(region) { x, y in
            let dx = (Double(x) + 0.5) / Double(region.width) * 2 - 1
            let dy = (Double(y) + 0.5) / Double(region.height) * 2 - 1
            return dx * dx + dy * dy <= 1
        }
    }

    /// A mask from a rule over columns and rows of the region.
    init(_ region: PixelRectangle, _ isInside: (Int, Int) -> Bool) {
        var pixels: [UInt8] = []
        for y in 0..<region.height {
            for x in 0..<region.width { pixels.append(isInside(x, y) ? 1 : 0) }
        }
        self.init(region: region, pixels: pixels)
    }

    /// Whether a pixel of the picture is set.
    func isSet(_ x: Int, _ y: Int) -> Bool {
        let (column, row) = (x - region.x, y - region.y)
        guard column >= 0, row >= 0, column < region.width, row < region.height else {
            return false
        }
        return pixels[row * region.width + column] != 0
    }
}
