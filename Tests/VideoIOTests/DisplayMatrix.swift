import Foundation
import Testing

/// Has a track of an MP4 or QuickTime file shown turned clockwise, by the matrix in the track's header.
/// The ffmpeg program's option for it differs from version to version.
///
/// Tests of the pipeline use this file too, through a link.
///
/// - Parameters:
///   - file: The file, which is changed.
///   - degrees: 0, 90, 180 or 270.
///   - track: Position of the track.
func turn(_ file: String, clockwise degrees: Int, track: Int = 0) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: file))
    var header = data.startIndex
    for _ in 0...track {
        header = try #require(data[header...].firstRange(of: Data("tkhd".utf8))).upperBound
    }
    // Version 0: flags, two dates, number, nothing, duration, nothing twice, layer, group, volume.
    try #require(data[header] == 0)
    let (cosine, sine) = [0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)][degrees] ?? (1, 0)
    let matrix = [cosine, sine, -sine, cosine].map { Int32($0 << 16) }
    for (value, place) in zip(matrix, [0, 1, 3, 4]) {
        let start = header + 40 + 4 * place
        let bytes = withUnsafeBytes(of: value.bigEndian) { Data($0) }
        data.replaceSubrange(start..<start + 4, with: bytes)
    }
    try data.write(to: URL(fileURLWithPath: file))
}
