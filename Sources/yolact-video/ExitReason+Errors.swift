import Foundation
import Model
import Pipeline
import VideoIO

/// An error that knows which exit status it deserves.
protocol ExitReasonProviding: Error {
    var exitReason: ExitReason { get }
}

// The one place where errors of the libraries get their exit status: make the library's error type
// conform here. Any type that does not conform ends the program with `internalError`.

extension PipelineError: ExitReasonProviding {
    /// That of the cause; the stage only says where it happened.
    var exitReason: ExitReason { ExitReason(of: underlying) }
}

extension PartlyWritten: ExitReasonProviding {
    /// That of the cause.
    var exitReason: ExitReason { ExitReason(of: underlying) }
}

extension VideoError: ExitReasonProviding {
    var exitReason: ExitReason {
        switch kind {
        case .noInput: .noInput
        case .notDecodable: .notDecodable
        case .cannotWrite: .cannotWrite
        case .internal: .internalError
        }
    }
}

extension WeightsError: ExitReasonProviding {
    var exitReason: ExitReason { kind == .cannotWrite ? .cannotWrite : .unusableModel }
}

extension ConfigurationError: ExitReasonProviding {
    var exitReason: ExitReason { .unusableModel }
}

extension ParameterMismatch: ExitReasonProviding {
    var exitReason: ExitReason { .unusableModel }
}

extension UnsupportedConfiguration: ExitReasonProviding {
    var exitReason: ExitReason { .unusableModel }
}

extension QuantisationError: ExitReasonProviding {
    var exitReason: ExitReason {
        switch self {
        case .notQuantised, .notFinite: .unusableModel
        case .noFrames: .notDecodable
        case .unknownLayer: .usage
        case .unsupportedCPU: .unsuitableMachine
        }
    }
}

extension LatencyFileError: ExitReasonProviding {
    var exitReason: ExitReason { kind == .unreadable ? .noInput : .notDecodable }
}

extension FrameRecordError: ExitReasonProviding {
    var exitReason: ExitReason {
        switch self {
        case .system(_, "opening", _), .system(_, "reading", _): .noInput
        case .malformed, .lineTooLong: .notDecodable
        case .system(path: "-", operation: _, code: EPIPE): .outputClosed
        case .system, .unsuitable, .exists, .finished: .cannotWrite
        }
    }
}

extension EvaluationError: ExitReasonProviding {
    var exitReason: ExitReason {
        switch self {
        case .system(_, "writing", _), .busy: .cannotWrite
        case .system, .missingPicture: .noInput
        case .malformed, .inconsistent, .unusableTruth, .unusableDetection, .unknownImage:
            .notDecodable
        case .noCommonClass, .otherOrigin: .usage
        case .imageAddedTwice: .internalError
        }
    }
}

extension StandardOutputError: ExitReasonProviding {
    var exitReason: ExitReason { code == EPIPE ? .outputClosed : .cannotWrite }
}

extension ServerError: ExitReasonProviding {
    var exitReason: ExitReason { .cannotWrite }
}

extension VerificationError: ExitReasonProviding {
    var exitReason: ExitReason { .noInput }
}

extension DownloadError: ExitReasonProviding {
    var exitReason: ExitReason { kind == .cannotWrite ? .cannotWrite : .unavailable }
}

/// The run was ended by a signal. What had been decoded until then is finished, unless that failed.
struct Interrupted: ExitReasonProviding, CustomStringConvertible {
    var signal: Int32
    /// Why the result is not there.
    var loss: (any Error)?

    /// The error of a run that a signal may have ended: the signal then, with what it cost.
    static func explaining(_ error: any Error, signal: Int32?) -> any Error {
        guard let signal, !(error is Interrupted) else { return error }
        return Interrupted(signal: signal, loss: error)
    }

    var exitReason: ExitReason { .interrupted(signal: signal) }
    var description: String {
        guard let loss else { return exitReason.meaning }
        let cause = (loss as? PipelineError)?.underlying ?? loss
        return "ended by \(InterruptMonitor.name(of: signal)), and nothing is complete: \(cause)"
    }
}

extension ExitReason {
    init(of error: any Error) {
        self = (error as? any ExitReasonProviding)?.exitReason ?? .internalError
    }
}
