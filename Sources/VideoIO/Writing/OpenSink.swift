/// Runs a body on the state of a sink.
///
/// - Throws: ``VideoError``, also where there is no state any more because the sink was closed.
func withOpenSink<State, R>(
    _ state: State?, path: String, _ body: (State) throws -> R
) throws -> R {
    guard let state else {
        throw VideoError(
            .internal, path: path, operation: "write", reason: "the output is closed")
    }
    do {
        return try body(state)
    } catch let error as MuxerError {
        throw error.error
    }
}
