/// The directory of a zip archive with stored (uncompressed) entries, which is what PyTorch writes.
struct ZipArchive {
    /// An entry of the directory.
    private struct Entry {
        /// Where its header lies in the file, and its bytes.
        var start: Int
        var range: Range<Int>
        /// CRC-32 of the bytes; 0 where the writer did not compute it, as PyTorch can be told.
        var checksum: UInt32
        /// Why its bytes cannot be used, if so. Archives of programs hold others beside the tensors.
        var problem: String?
    }

    private var entries: [String: Entry] = [:]

    private let file: MappedFile

    init(_ file: MappedFile) throws(WeightsError) {
        self.file = file
        let directory = try Self.findDirectory(file)
        var reader = BinaryReader(file, directory.range)
        for _ in 0..<directory.count {
            let position = reader.position
            let (name, entry) = try entry(&reader)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw file.error(.corrupted, at: position, "the zip entry \(name) occurs twice")
            }
        }
        try checkThatEntriesAreApart()
    }

    /// Many entries over the same bytes would make comparing their checksums take for ever.
    private func checkThatEntriesAreApart() throws(WeightsError) {
        var end = 0
        for (name, entry) in entries.sorted(by: { $0.value.start < $1.value.start }) {
            guard entry.start >= end else {
                throw file.error(
                    .corrupted, at: entry.start, "the zip entry \(name) overlaps another")
            }
            end = entry.range.upperBound
        }
    }

    /// The names of all entries.
    var names: some Collection<String> { entries.keys }

    /// Where the bytes of an entry lie in the file; nil if there is none of that name. They are compared
    /// with their checksum.
    func range(of name: String) throws(WeightsError) -> Range<Int>? {
        guard let entry = entries[name] else { return nil }
        if let problem = entry.problem {
            throw file.error(.unsupported, at: entry.start, "the zip entry \(name) \(problem)")
        }
        guard entry.checksum == 0 || file.checksum(entry.range) == entry.checksum else {
            throw file.error(
                .corrupted, at: entry.range.lowerBound,
                "the zip entry \(name) is damaged: its bytes do not have its checksum")
        }
        return entry.range
    }

    // MARK: The directory

    private static let endSize = 22

    /// The directory's place and number of entries, from the record at the archive's end.
    private static func findDirectory(
        _ file: MappedFile
    ) throws(WeightsError) -> (range: Range<Int>, count: Int) {
        let missing = file.error(
            .truncated, "the file is truncated: the directory at the end of the zip is missing")
        guard file.count >= endSize else { throw missing }
        // A comment of up to 65,535 bytes may follow the record.
        let window = max(0, file.count - endSize - 65_535)..<file.count
        let tail = file.bytes(window)
        let signature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
        let candidates = stride(from: tail.count - endSize, through: 0, by: -1)
        guard let found = candidates.first(where: { tail[$0..<$0 + 4].elementsEqual(signature) })
        else { throw missing }
        let end = window.lowerBound + found
        var reader = BinaryReader(file, end + 10..<end + endSize)
        var count = try reader.size(UInt16.self, "the zip directory")
        var size = try reader.size(UInt32.self, "the zip directory")
        var start = try reader.size(UInt32.self, "the zip directory")
        if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
            (count, size, start) = try findLargeDirectory(file, end: end)
        }
        guard start <= end, size <= end - start, count <= size / 46 else {
            throw file.error(.corrupted, at: end, "the zip directory lies outside the file")
        }
        return (start..<start + size, count)
    }

    /// The same from the zip64 record, whose place the locator before the ordinary one tells.
    private static func findLargeDirectory(
        _ file: MappedFile, end: Int
    ) throws(WeightsError) -> (count: Int, size: Int, start: Int) {
        let what = "the zip64 directory"
        var locator = BinaryReader(file, max(0, end - 20)..<end)
        guard try locator.integer(UInt32.self, what) == 0x0706_4B50 else {
            throw file.error(.corrupted, at: end, "the zip64 locator is missing")
        }
        _ = try locator.take(4, what)
        let position = try locator.size(UInt64.self, what)
        guard position <= end else {
            throw file.error(.corrupted, at: end, "\(what) lies outside the file")
        }
        var record = BinaryReader(file, position..<end)
        guard try record.integer(UInt32.self, what) == 0x0606_4B50 else {
            throw file.error(.corrupted, at: position, "\(what) is damaged")
        }
        _ = try record.take(28, what)
        let count = try record.size(UInt64.self, what)
        let size = try record.size(UInt64.self, what)
        return (count, size, try record.size(UInt64.self, what))
    }

    // MARK: Entries

    /// Reads a directory entry and the local header it points to.
    private func entry(
        _ reader: inout BinaryReader
    ) throws(WeightsError) -> (name: String, entry: Entry) {
        let what = "a zip directory entry"
        let position = reader.position
        guard try reader.integer(UInt32.self, what) == 0x0201_4B50 else {
            throw file.error(.corrupted, at: position, "\(what) is damaged")
        }
        _ = try reader.take(4, what)
        let flags = try reader.integer(UInt16.self, what)
        let method = try reader.integer(UInt16.self, what)
        _ = try reader.take(4, what)
        let checksum = try reader.integer(UInt32.self, what)
        var compressed = try reader.size(UInt32.self, what)
        var size = try reader.size(UInt32.self, what)
        let nameLength = try reader.size(UInt16.self, what)
        let extraLength = try reader.size(UInt16.self, what)
        let commentLength = try reader.size(UInt16.self, what)
        _ = try reader.take(8, what)
        var start = try reader.size(UInt32.self, what)
        let name = try reader.text(nameLength, "the name of a zip entry")
        let extra = try reader.take(extraLength, what)
        _ = try reader.take(commentLength, what)
        try readLargeSizes(extra, &size, &compressed, &start)

        let problem: String? =
            if flags & 1 != 0 {
                "is encrypted"
            } else if method != 0 || size != compressed {
                "is compressed; PyTorch stores tensors uncompressed"
            } else {
                nil
            }
        guard start <= file.count else {
            throw file.error(
                .corrupted, at: position, "the zip entry \(name) lies outside the file")
        }
        var local = BinaryReader(file, start..<file.count)
        guard try local.integer(UInt32.self, "a zip entry's header") == 0x0403_4B50 else {
            throw file.error(.corrupted, at: start, "the header of zip entry \(name) is damaged")
        }
        _ = try local.take(22, "a zip entry's header")
        let skipped = try local.size(UInt16.self, "a zip entry's header")
        _ = try local.take(skipped + (try local.size(UInt16.self, "a zip entry")), "a zip entry")
        let range = try local.take(compressed, "the zip entry \(name)")
        return (name, Entry(start: start, range: range, checksum: checksum, problem: problem))
    }

    /// Replaces sizes that do not fit 32 bits by those of the zip64 extra field, in its fixed order.
    private func readLargeSizes(
        _ extra: Range<Int>, _ size: inout Int, _ compressed: inout Int, _ start: inout Int
    ) throws(WeightsError) {
        let what = "a zip entry's extra field"
        var reader = BinaryReader(file, extra)
        while reader.remaining >= 4 {
            let tag = try reader.integer(UInt16.self, what)
            let range = try reader.take(try reader.size(UInt16.self, what), what)
            guard tag == 1 else { continue }
            var field = BinaryReader(file, range)
            if size == 0xFFFF_FFFF { size = try field.size(UInt64.self, what) }
            if compressed == 0xFFFF_FFFF { compressed = try field.size(UInt64.self, what) }
            if start == 0xFFFF_FFFF { start = try field.size(UInt64.self, what) }
        }
    }
}
