/// How much is taken from a track's past.
public enum SmoothingStrength: String, Sendable, CaseIterable {
    /// Every frame as the network gave it.
    case off
    /// A few frames: flicker is halved and nothing visible lags.
    case light
    /// More of them, for calm results from an unsteady model.
    case strong
}
