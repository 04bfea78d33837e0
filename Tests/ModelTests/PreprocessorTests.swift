import Testing

@testable import Model

@Suite struct PreprocessorTests {
    static let bt709 = (red: Float(0.2126), blue: Float(0.0722))
    static let bt601 = (red: Float(0.299), blue: Float(0.114))

    /// Codes of saturated colours from the recommendations, with the RGB they stand for.
    @Test(arguments: [
        ([63, 102, 240], true, false, [255, 0, 0]),
        ([173, 42, 26], true, false, [0, 255, 0]),
        ([32, 240, 118], true, false, [0, 0, 255]),
        ([81, 90, 240], false, false, [255, 0, 0]),
        ([235, 128, 128], true, false, [255, 255, 255]),
        ([16, 128, 128], true, false, [0, 0, 0]),
        ([255, 128, 128], true, true, [255, 255, 255]),
        ([54, 99, 255], true, true, [255, 0, 0]),
    ])
    func coloursFollowTheMatrixAndRange(
        codes: [Int], isBT709: Bool, isFullRange: Bool, rgb: [Int]
    ) throws {
        let weights = isBT709 ? Self.bt709 : Self.bt601
        let layout = YUVLayout(
            chromaShiftX: 1, chromaShiftY: 1, redWeight: weights.red, blueWeight: weights.blue,
            isFullRange: isFullRange)
        let picture = Picture(width: 32, height: 20, layout: layout) { plane, _, _ in codes[plane] }
        let found = try picture.process(.shapes)
        for channel in 0..<3 {
            let value = found[channel * 256 * 256 + 1000]
            #expect(abs(value - Float(rgb[channel])) <= 2, "channel \(channel): \(value)")
        }
    }

    /// Noise through every layout against the definition in double precision, up- and downscaled, with odd
    /// sizes.
    @Test(arguments: [(31, 17), (256, 256), (640, 360), (801, 603)], Picture.layouts)
    func everyLayoutFollowsTheDefinition(size: (Int, Int), layout: YUVLayout) throws {
        var noise = Noise(seed: UInt64(size.0 * 7 + layout.bitDepth))
        let picture = Picture(width: size.0, height: size.1, layout: layout) { _, _, _ in
            Int(noise.next() % UInt64(1 << layout.bitDepth))
        }
        let found = try picture.process(.shapes)
        for index in stride(from: 0, to: found.count, by: 977) {
            let expected = picture.expected(
                channel: index / 65536, row: index / 256 % 256, column: index % 256, side: 256)
            #expect(abs(Double(found[index]) - expected) < 0.02)
        }
    }

    @Test func aChangeOfGeometryIsFollowed() throws {
        let preprocessor = Preprocessor(.shapes)
        let tensor = InputTensor(side: 256)
        for (width, height) in [(64, 48), (48, 64), (64, 48)] {
            let layout = Picture.layouts[0]
            let picture = Picture(width: width, height: height, layout: layout) { plane, x, y in
                plane == 0 ? (x + 3 * y) % 256 : 128
            }
            try picture.withView { try preprocessor.process($0, into: tensor) }
            let fresh = try picture.process(.shapes)
            let values = Picture.denormalised(tensor)
            #expect(values == fresh)
        }
    }

    @Test func darkNetIsOnlyDividedBy255() throws {
        var configuration = YolactConfiguration.shapes
        configuration.backbone = .darkNet53
        let bytes = [UInt8](repeating: 51, count: 3 * 16 * 16)
        let tensor = InputTensor(side: 256)
        try bytes.withUnsafeBytes {
            try Preprocessor(configuration).process(
                ImageView(
                    width: 16, height: 16, layout: .rgb24,
                    planes: [.init(bytes: $0, bytesPerRow: 48)]), into: tensor)
        }
        #expect(tensor.values.allSatisfy { abs($0 - 0.2) < 1e-6 })
    }

    @Test func planesThatAreTooSmallAreRefused() throws {
        let layout = Picture.layouts[0]
        let bytes = [UInt8](repeating: 0, count: 1000)
        bytes.withUnsafeBytes { bytes in
            let plane = ImageView.Plane(bytes: bytes, bytesPerRow: 40)
            let tensor = InputTensor(side: 256)
            let preprocessor = Preprocessor(.shapes)
            func image(_ width: Int, _ height: Int, _ planes: Int) -> ImageView {
                ImageView(
                    width: width, height: height, layout: .yuv(layout),
                    planes: [ImageView.Plane](repeating: plane, count: planes))
            }
            #expect(throws: ImageError.planeTooSmall(plane: 0, needed: 1040, found: 1000)) {
                try preprocessor.process(image(40, 26, 3), into: tensor)
            }
            #expect(throws: ImageError.planeTooSmall(plane: 2, needed: 240, found: 0)) {
                try preprocessor.process(image(40, 24, 2), into: tensor)
            }
            #expect(throws: ImageError.empty(width: 0, height: 4)) {
                try preprocessor.process(image(0, 4, 3), into: tensor)
            }
            // A picture of the first one's width that lacks rows must not slip through the kept tables.
            #expect(throws: Never.self) { try preprocessor.process(image(40, 24, 3), into: tensor) }
            #expect(throws: ImageError.self) {
                try preprocessor.process(image(40, 500, 3), into: tensor)
            }
        }
    }
}

/// A synthetic luma/chroma picture.
struct Picture {
    let width: Int
    let height: Int
    let layout: YUVLayout
    /// Codes of Y, U, V, without padding.
    private let codes: [[Int]]

    static let layouts: [YUVLayout] = [
        YUVLayout(chromaShiftX: 1, chromaShiftY: 1, redWeight: 0.2126, blueWeight: 0.0722),
        YUVLayout(
            chromaShiftX: 1, chromaShiftY: 1, isSemiPlanar: true, redWeight: 0.299,
            blueWeight: 0.114),
        YUVLayout(chromaShiftX: 1, chromaShiftY: 0, redWeight: 0.299, blueWeight: 0.114),
        YUVLayout(
            chromaShiftX: 0, chromaShiftY: 0, redWeight: 0.2126, blueWeight: 0.0722,
            isFullRange: true),
        YUVLayout(
            chromaShiftX: 1, chromaShiftY: 1, bitDepth: 10, redWeight: 0.2627, blueWeight: 0.0593),
        YUVLayout(
            chromaShiftX: 1, chromaShiftY: 1, bitDepth: 10, lowPadding: 6, isSemiPlanar: true,
            redWeight: 0.2627, blueWeight: 0.0593),
        YUVLayout(
            chromaShiftX: 0, chromaShiftY: 0, bitDepth: 10, redWeight: 0.2126, blueWeight: 0.0722,
            isFullRange: true),
    ]

    init(width: Int, height: Int, layout: YUVLayout, _ code: (Int, Int, Int) -> Int) {
        self.width = width
        self.height = height
        self.layout = layout
        let columns = (width + (1 << layout.chromaShiftX) - 1) >> layout.chromaShiftX
        let rows = (height + (1 << layout.chromaShiftY) - 1) >> layout.chromaShiftY
        codes = [(width, height), (columns, rows), (columns, rows)].enumerated().map {
            plane, size in
            (0..<size.0 * size.1).map { code(plane, $0 % size.0, $0 / size.0) }
        }
    }

    private var chromaColumns: Int {
        (width + (1 << layout.chromaShiftX) - 1) >> layout.chromaShiftX
    }

    func withView<R>(_ body: (ImageView) throws -> R) throws -> R {
        var planes = codes
        var rowSamples = [width, chromaColumns, chromaColumns]
        if layout.isSemiPlanar {
            planes = [codes[0], zip(codes[1], codes[2]).flatMap { [$0, $1] }]
            rowSamples = [width, 2 * chromaColumns]
        }
        let bytes = layout.bitDepth > 8 ? 2 : 1
        // Rows are padded by some bytes that must not be read.
        let padding = 6
        var data: [UInt8] = []
        var starts: [Int] = []
        for (plane, samples) in zip(planes, rowSamples) {
            starts.append(data.count)
            for row in 0..<plane.count / samples {
                for code in plane[row * samples..<(row + 1) * samples] {
                    let stored = code << layout.lowPadding
                    data.append(UInt8(stored & 255))
                    if bytes == 2 { data.append(UInt8(stored >> 8)) }
                }
                data.append(contentsOf: repeatElement(0xAA, count: padding))
            }
        }
        starts.append(data.count)
        return try data.withUnsafeBytes { raw in
            try body(
                ImageView(
                    width: width, height: height, layout: .yuv(layout),
                    planes: rowSamples.indices.map { index in
                        ImageView.Plane(
                            bytes: UnsafeRawBufferPointer(
                                rebasing: raw[starts[index]..<starts[index + 1]]),
                            bytesPerRow: rowSamples[index] * bytes + padding)
                    }))
        }
    }

    /// The tensor in RGB units of 0...255.
    func process(_ configuration: YolactConfiguration) throws -> [Float] {
        let tensor = InputTensor(side: configuration.inputSize)
        try withView { try Preprocessor(configuration).process($0, into: tensor) }
        return Self.denormalised(tensor)
    }

    static func denormalised(_ tensor: InputTensor) -> [Float] {
        let plane = tensor.side * tensor.side
        let normalisation = Normalisation(.resNet50)
        return tensor.values.enumerated().map { index, value in
            value * normalisation.deviation[index / plane] + normalisation.mean[index / plane]
        }
    }

    func expected(channel: Int, row: Int, column: Int, side: Int) -> Double {
        func tap(_ position: Int, _ size: Int) -> (Int, Int, Double) {
            let exact = max(0, Double(size) / Double(side) * (Double(position) + 0.5) - 0.5)
            let first = min(Int(exact), size - 1)
            return (first, min(first + 1, size - 1), exact - Double(first))
        }
        let (top, bottom, v) = tap(row, height)
        let (left, right, h) = tap(column, width)
        let upper = (1 - h) * rgb(left, top)[channel] + h * rgb(right, top)[channel]
        let lower = (1 - h) * rgb(left, bottom)[channel] + h * rgb(right, bottom)[channel]
        return (1 - v) * upper + v * lower
    }

    private func rgb(_ x: Int, _ y: Int) -> [Double] {
        let position = (y >> layout.chromaShiftY) * chromaColumns + (x >> layout.chromaShiftX)
        let unit = Double(1 << (layout.bitDepth - 8))
        let maximum = Double(1 << layout.bitDepth) - 1
        let full = layout.isFullRange
        let luma =
            (Double(codes[0][y * width + x]) - (full ? 0 : 16 * unit))
            / (full ? maximum : 219 * unit)
        let u = (Double(codes[1][position]) - 128 * unit) / (full ? maximum : 224 * unit)
        let v = (Double(codes[2][position]) - 128 * unit) / (full ? maximum : 224 * unit)
        let red = Double(layout.redWeight)
        let blue = Double(layout.blueWeight)
        let r = luma + 2 * (1 - red) * v
        let b = luma + 2 * (1 - blue) * u
        let g = (luma - red * r - blue * b) / (1 - red - blue)
        return [r, g, b].map { 255 * max(0, min(1, $0)) }
    }
}
