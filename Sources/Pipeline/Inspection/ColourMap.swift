import VideoIO

/// Numbers as colours, for pictures of arrays.
enum ColourMap {
    /// From dark blue over green to yellow as numbers grow; brightness grows along, so it reads in grey too.
    case sequential
    /// Blue below zero, white at zero, orange above.
    case diverging

    /// Colours at equal distances over 0...1.
    private var stops: [SIMD3<Float>] {
        switch self {
        case .sequential:
            [
                SIMD3(17, 11, 46), SIMD3(42, 57, 120), SIMD3(28, 112, 132), SIMD3(62, 165, 106),
                SIMD3(160, 205, 70), SIMD3(250, 232, 90),
            ]
        case .diverging:
            [
                SIMD3(14, 60, 130), SIMD3(92, 152, 214), SIMD3(248, 248, 246), SIMD3(240, 150, 80),
                SIMD3(170, 70, 10),
            ]
        }
    }

    /// R, G, B of each value.
    ///
    /// - Parameters:
    ///   - values: Those that are not numbers become black.
    ///   - limit: The value at the upper end; the lower end is 0, or as far below it. Values beyond take
    ///     the colour of the end.
    func rgb(_ values: some Collection<Float>, limit: Float) -> [UInt8] {
        let stops = stops
        let scale = limit > 0 ? 1 / limit : 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3 * values.count)
        for value in values {
            guard !value.isNaN else {
                bytes += [0, 0, 0]
                continue
            }
            let share = self == .diverging ? 0.5 + value * scale / 2 : value * scale
            let position = min(max(share, 0), 1) * Float(stops.count - 1)
            let index = min(Int(position), stops.count - 2)
            let weight = position - Float(index)
            let colour = stops[index] * (1 - weight) + stops[index + 1] * weight
            bytes += [
                UInt8(colour.x.rounded()), UInt8(colour.y.rounded()), UInt8(colour.z.rounded()),
            ]
        }
        return bytes
    }

    /// A PNG file of an array, a pixel a value.
    func png(_ values: some Collection<Float>, width: Int, height: Int, limit: Float) throws
        -> [UInt8]
    {
        try PNGPicture.encode(rgb(values, limit: limit), .rgb, width: width, height: height)
    }
}
