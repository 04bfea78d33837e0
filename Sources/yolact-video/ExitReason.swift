/// Why the program ended, as its exit status says. Part of its interface: numbers never change their meaning.
///
/// 1 to 4: the command ran to its end, and there is something about the result. 64 to 78: it did not,
/// with the numbers of BSD's sysexits.h where one fits. 128 and more: a signal ended it.
enum ExitReason: Hashable, Sendable {
    case success
    case verificationFailed
    case partlyDecoded
    case slower
    case selfTestFailed
    case usage
    case notDecodable
    case noInput
    case unavailable
    case internalError
    case unsuitableMachine
    case cannotWrite
    case unusableModel
    case outputClosed
    case interrupted(signal: Int32)

    var code: Int32 {
        switch self {
        case .success: 0
        case .verificationFailed: 1
        case .partlyDecoded: 2
        case .slower: 3
        case .selfTestFailed: 4
        case .usage: 64
        case .notDecodable: 65
        case .noInput: 66
        case .unavailable: 69
        case .internalError: 70
        case .unsuitableMachine: 71
        case .cannotWrite: 73
        case .outputClosed: 128 + 13
        case .interrupted(let signal): 128 + signal
        case .unusableModel: 78
        }
    }

    var meaning: String {
        switch self {
        case .success: "done"
        case .verificationFailed: "verify: a tensor is out of tolerance"
        case .partlyDecoded:
            """
            done, but something was lost: part of the input could not be decoded, frames or records were \
            not written, or a camera was given up
            """
        case .slower: "latency --compare: the second run is slower"
        case .selfTestFailed: "latency --self-test: what is reported is not true"
        case .usage: "wrong arguments"
        case .notDecodable: "the input is no video, picture or data file that can be decoded"
        case .noInput: "the input does not exist or cannot be read"
        case .unavailable: "a download failed"
        case .internalError: "an error in the program or the system"
        case .unsuitableMachine: "this machine cannot: its CPU lacks instructions that are needed"
        case .cannotWrite: "the output cannot be written"
        case .unusableModel: "the weights or the configuration cannot be used"
        case .outputClosed: "whoever read standard output closed it (as SIGPIPE; no message)"
        case .interrupted(let signal):
            switch signal {
            case 1: "the terminal was closed (SIGHUP); what was done until then is complete"
            case 2: "interrupted (SIGINT); what was done until then is complete"
            case 15: "terminated (SIGTERM); what was done until then is complete"
            default: "ended by signal \(signal)"
            }
        }
    }

    /// All that the program uses, by number.
    static let all: [ExitReason] = [
        .success, .verificationFailed, .partlyDecoded, .slower, .selfTestFailed, .usage,
        .notDecodable, .noInput, .unavailable, .internalError, .unsuitableMachine, .cannotWrite,
        .unusableModel, .interrupted(signal: 1), .interrupted(signal: 2), .outputClosed,
        .interrupted(signal: 15),
    ]

    /// The table shown by `--help`.
    static let documentation = all.map { reason in
        let number = "\(reason.code)"
        return String(repeating: " ", count: 5 - number.count) + "\(number)  \(reason.meaning)"
    }.joined(separator: "\n")
}
