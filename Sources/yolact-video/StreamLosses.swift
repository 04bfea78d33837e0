import Pipeline

/// What a run of `stream` lost: nothing of it may end as a success.
struct StreamLosses {
    /// A sentence for each loss, the gravest first.
    let lines: [String]
    /// What the gravest one means; nil where nothing was lost.
    let reason: ExitReason?

    init(_ cameras: [CameraStatus], records: (path: String, status: StreamRecordLog.Status)?) {
        var found: [(ExitReason, String)] = []
        let silent = cameras.filter { $0.pictures == 0 }
        for camera in silent {
            // The reason may name the camera itself.
            let reason = (camera.fatal ?? camera.lastError).map {
                $0.hasPrefix("\(camera.address): ")
                    ? String($0.dropFirst(camera.address.count + 2)) : $0
            }
            let why = reason.map { ": \($0)" } ?? ""
            // One camera of several is not the whole input.
            found.append(
                (
                    silent.count == cameras.count ? .noInput : .partlyDecoded,
                    "\(camera.address): no frame came\(why)"
                ))
        }
        for camera in cameras where camera.pictures > 0 {
            if let fatal = camera.fatal {
                found.append((.partlyDecoded, "\(camera.address): given up: \(fatal)"))
            }
            if camera.presentationFailures > 0 {
                found.append(
                    (
                        .partlyDecoded,
                        "\(camera.name): \(camera.presentationFailures) pictures could not be painted "
                            + "or encoded" + (camera.lastError.map { ": \($0)" } ?? "")
                    ))
            }
            found += camera.outputs.compactMap(Self.loss)
        }
        if let records, records.status.lost > 0 {
            let why = records.status.lastError.map { ": \($0)" } ?? ""
            let name = records.path == "-" ? "standard output" : records.path
            found.append(
                (
                    records.status.written == 0 ? .cannotWrite : .partlyDecoded,
                    "\(name): \(records.status.lost) lines were lost\(why)"
                ))
        }
        func rank(_ reason: ExitReason) -> Int {
            [.noInput, .cannotWrite].firstIndex(of: reason) ?? 2
        }
        let sorted = found.enumerated().sorted {
            (rank($0.element.0), $0.offset) < (rank($1.element.0), $1.offset)
        }.map(\.element)
        lines = sorted.map(\.1)
        reason = sorted.first?.0
    }

    private static func loss(of output: StreamOutput.Status) -> (ExitReason, String)? {
        guard output.dropped > 0 || output.failures > 0 else { return nil }
        let why = output.lastError.map { ": \($0)" } ?? ""
        if output.written == 0 {
            return (.cannotWrite, "\(output.name): nothing could be written\(why)")
        }
        return (
            .partlyDecoded,
            "\(output.name): \(output.dropped) of \(output.dropped + output.written) pictures were lost"
                + why
        )
    }
}

extension CameraStatus {
    /// Frames that could be decoded.
    fileprivate var pictures: Int { counts.received - (counts.drops[.beforeKeyframe] ?? 0) }
}

/// The run ended, and something is missing.
struct StreamLost: ExitReasonProviding, CustomStringConvertible {
    var exitReason: ExitReason
    var description: String
}
