extension VideoReader {
    /// Why it gave no frame, in words: the part that was asked for, the length of the file, and what is wrong with
    /// it.
    public var reasonForNoFrame: String {
        var reason = "there is no frame"
        if let part = info.selection {
            reason += " at \(part.start) s" + (part.end.map { " to \($0) s" } ?? " or later")
            if let length = info.duration, part.start >= length {
                reason += "; it is \((length * 1000).rounded() / 1000) s long"
            }
        }
        let cause = endedEarly ?? statistics.latestDecoderError
        return reason + (cause.map { ": \($0)" } ?? "")
    }
}
