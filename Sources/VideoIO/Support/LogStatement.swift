import Glibc

/// What FFmpeg tells in its log and nowhere else: no return code, no flag and no side data says the same.
///
/// A statement is known by how its format string begins, before numbers are put into it.
enum LogStatement: CaseIterable {
    /// RTP packets were lost on their way, or came too late to be used. The packets made of those that did
    /// come are not marked.
    case networkLoss
    /// Numbers are missing from the packets of a transport stream. FFmpeg marks a frame's packet only where
    /// a part of that very frame is missing, and says this at a level that is otherwise noise.
    case brokenContinuity
    /// A Matroska file ends within an element. Reading says that the file is at its end, as it does where
    /// everything is there.
    case prematureEnd
    /// A QuickTime file ends before the place of a sample, or that cannot be gone back to.
    case sampleOutOfReach
    /// A QuickTime file has no index.
    case noIndex
    /// What a photograph says about itself cannot be read; the picture can.
    case unreadableDescription

    /// How the format strings begin, in FFmpeg 5.1 to 7.1.
    var beginnings: [StaticString] {
        switch self {
        case .networkLoss: ["RTP: missed", "RTP: dropping old packet"]
        case .brokenContinuity: ["Continuity check failed"]
        case .prematureEnd: ["File ended prematurely"]
        case .sampleOutOfReach: ["stream %d, offset 0x%"]
        case .noIndex: ["moov atom not found"]
        case .unreadableDescription:
            ["unable to decode APP fields", "SEI type %d size %d truncated"]
        }
    }

    /// Whether something of the pictures or the sound is lost by it.
    var isDamage: Bool { self != .unreadableDescription }

    /// Made once: every line of the log is looked at, those that nobody will see included.
    private static let table = allCases.flatMap { statement in
        statement.beginnings.map { (beginning: $0, statement: statement) }
    }

    /// Finds out what a line of the log is.
    init?(format: UnsafePointer<CChar>) {
        let known = Self.table.first { entry in
            let beginning = UnsafeRawPointer(entry.beginning.utf8Start)
                .assumingMemoryBound(to: CChar.self)
            return strncmp(format, beginning, entry.beginning.utf8CodeUnitCount) == 0
        }
        guard let known else { return nil }
        self = known.statement
    }
}
