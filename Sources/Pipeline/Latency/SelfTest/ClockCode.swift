public import VideoIO

/// A time painted into a picture, so that whoever sees the picture can tell how old it is: two rows of black
/// and white squares in the upper left corner hold 40 bits of microseconds and a checksum of 8 bits.
public enum ClockCode {
    /// Side of a square in pixels. A multiple of 8: encoders code such squares without loss that matters.
    static let square = 16
    private static let columns = 24
    private static let rows = 2

    /// Least width of a picture that holds a code.
    public static let width = columns * square
    /// Least height.
    public static let height = rows * square
    /// Times count modulo this many microseconds, twelve days.
    public static let period: UInt64 = 1 << 40

    /// Paints a time into a frame of 8 bits.
    ///
    /// - Parameters:
    ///   - microseconds: The time; its lower 40 bits are kept.
    ///   - frame: At least ``width`` by ``height``.
    /// - Throws: `VideoError` when there is no memory for a copy of the frame.
    public static func paint(_ microseconds: UInt64, on frame: VideoFrame) throws {
        precondition(
            frame.width >= width && frame.height >= height && frame.format.bitDepth == 8,
            "the frame has no room for a clock code")
        let code = code(of: microseconds % period)
        try frame.withMutablePlanes { planes in
            let luma = planes[0]
            for y in 0..<height {
                for x in 0..<width {
                    let bit = y / square * columns + x / square
                    let isSet = code >> UInt64(bit) & 1 == 1
                    luma.bytes[y * luma.bytesPerRow + x] = isSet ? 235 : 16
                }
            }
        }
    }

    /// Reads the time in a frame of 8 bits; nil if it has none, or it has been painted over.
    ///
    /// - Returns: Microseconds modulo ``period``.
    public static func read(_ frame: VideoFrame) -> UInt64? {
        guard frame.width >= width, frame.height >= height, frame.format.bitDepth == 8 else {
            return nil
        }
        let code = frame.withPlanes { planes -> UInt64? in
            let luma = planes[0]
            var code: UInt64 = 0
            for bit in 0..<rows * columns {
                let (left, top) = (bit % columns * square, bit / columns * square)
                var sum = 0
                // The middle of the square: its edges may have blurred.
                for y in top + 4..<top + square - 4 {
                    for x in left + 4..<left + square - 4 {
                        sum += Int(luma.bytes[y * luma.bytesPerRow + x])
                    }
                }
                let mean = sum / ((square - 8) * (square - 8))
                // Neither black nor white: something else is there.
                guard mean < 80 || mean > 170 else { return nil }
                if mean > 170 { code |= 1 << UInt64(bit) }
            }
            return code
        }
        guard let code else { return nil }
        let time = code & (period - 1)
        return self.code(of: time) == code ? time : nil
    }

    private static func code(of time: UInt64) -> UInt64 {
        var checksum: UInt8 = 0xff
        for byte in 0..<5 {
            checksum ^= UInt8(truncatingIfNeeded: time >> UInt64(8 * byte))
            // CRC-8 with the polynomial x^8 + x^2 + x + 1.
            for _ in 0..<8 { checksum = checksum << 1 ^ (checksum & 0x80 == 0 ? 0 : 0x07) }
        }
        return time | UInt64(checksum) << 40
    }

    /// How long ago a time was, in nanoseconds.
    static func age(of microseconds: UInt64, at now: UInt64) -> UInt64 {
        ((now / 1000) &- microseconds) % period * 1000
    }
}
