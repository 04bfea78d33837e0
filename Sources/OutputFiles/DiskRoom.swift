import Glibc

/// Sees to it that a disk is not filled to the last byte: what completes a file, an index say, needs room, or
/// all that was written before is lost.
package struct DiskRoom: Sendable {
    private let place: String
    /// Some file systems do not know how much room they have.
    private let isKnown: Bool
    /// Bytes that are left alone.
    private static let reserve = 64 << 10

    /// - Parameter place: A file on the disk.
    package init(besides place: String) {
        self.place = place
        isKnown = Self.bytes(place).map { $0 >= Self.reserve } ?? false
    }

    /// Whether there is room for so many bytes, and the reserve.
    package func holds(_ bytes: Int) -> Bool {
        guard isKnown, let free = Self.bytes(place) else { return true }
        return free - Self.reserve >= bytes
    }

    private static func bytes(_ place: String) -> Int? {
        var status = statvfs()
        guard statvfs(place, &status) == 0, status.f_blocks > 0 else { return nil }
        let (bytes, isHuge) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return isHuge ? Int.max : Int(clamping: bytes)
    }
}
