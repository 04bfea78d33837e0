import Foundation
import VideoIO

/// Sees where a video goes on with another picture: two thumbnails that are neither close nor alike.
///
/// A flash changes brightness but not the picture, so its thumbnails still correlate; noise in a flat picture
/// spoils the correlation but not the distance. Both have to be gone.
struct SceneCutDetector {
    private static let columns = 32
    private static let rows = 18
    /// Least mean difference of a cut, of the range of luma.
    private static let difference = 0.05
    /// Largest correlation of a cut.
    private static let correlation = 0.5

    private var last: [Double] = []
    private var thumbnail: [Double] = []
    private var sampleCounts: [Double] = []

    /// Whether a frame shows another scene than the one before.
    mutating func isCut(_ frame: VideoFrame) -> Bool {
        makeThumbnail(of: frame)
        defer { swap(&last, &thumbnail) }
        guard last.count == thumbnail.count else { return false }
        let count = Double(thumbnail.count)
        var difference = 0.0
        var (sumA, sumB, sumAA, sumBB, sumAB) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for (a, b) in zip(last, thumbnail) {
            difference += abs(a - b)
            sumA += a
            sumB += b
            sumAA += a * a
            sumBB += b * b
            sumAB += a * b
        }
        guard difference / count > Self.difference else { return false }
        let spread =
            ((sumAA - sumA * sumA / count) * (sumBB - sumB * sumB / count)).squareRoot()
        return spread <= 0 || (sumAB - sumA * sumB / count) / spread < Self.correlation
    }

    /// Fills ``thumbnail`` with the mean luma of equal parts of the picture, 0...1, from every fourth row and
    /// column.
    private mutating func makeThumbnail(of frame: VideoFrame) {
        let (columns, rows) = (Self.columns, Self.rows)
        thumbnail.refill(with: 0, count: columns * rows)
        sampleCounts.refill(with: 0, count: columns * rows)
        let scale = 1 / Double((1 << frame.format.bitDepth) - 1)
        frame.withPlanes { planes in
            guard let luma = planes.first else { return }
            let (wide, padding) = (frame.format.bytesPerSample == 2, frame.format.lowPadding)
            for y in stride(from: 0, to: luma.height, by: 4) {
                let line = y * luma.bytesPerRow
                let row = y * rows / luma.height
                for x in stride(from: 0, to: luma.width, by: 4) {
                    let sample =
                        wide
                        ? Int(
                            luma.bytes.loadUnaligned(
                                fromByteOffset: line + 2 * x, as: UInt16.self)) >> padding
                        : Int(luma.bytes[line + x])
                    let cell = row * columns + x * columns / luma.width
                    thumbnail[cell] += Double(sample)
                    sampleCounts[cell] += 1
                }
            }
        }
        for cell in thumbnail.indices where sampleCounts[cell] > 0 {
            thumbnail[cell] = thumbnail[cell] / sampleCounts[cell] * scale
        }
    }
}
