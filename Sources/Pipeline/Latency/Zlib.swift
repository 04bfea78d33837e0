import CZlib

/// zlib's format (RFC 1950).
enum Zlib {
    /// Compresses bytes; nil when memory runs out.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var length = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        guard CZlib.compress(&result, &length, bytes, uLong(bytes.count)) == Z_OK else {
            return nil
        }
        return Array(result.prefix(Int(length)))
    }

    /// Decompresses bytes; nil if they are damaged or would give more than `limit`.
    static func decompress(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        var length = uLongf(limit)
        var result = [UInt8](repeating: 0, count: limit)
        guard uncompress(&result, &length, bytes, uLong(bytes.count)) == Z_OK else { return nil }
        return Array(result.prefix(Int(length)))
    }
}
