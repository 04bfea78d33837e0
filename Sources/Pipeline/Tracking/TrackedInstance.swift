public import Model

/// An instance of a frame and the track that it continues.
public struct TrackedInstance: Sendable, Hashable {
    /// The instance: `id` is that of the track once it is confirmed, `classIndex` what the sightings of
    /// the track have voted for.
    public var instance: Instance
    /// Number of the track, also while it is not confirmed; never used again by the same tracker.
    public var track: Int
    /// How often the track has been seen, this time included.
    public var sightings: Int
    /// What the object was taken for in this frame alone.
    public var detectedClass: Int

    /// Creates a tracked instance.
    public init(instance: Instance, track: Int, sightings: Int, detectedClass: Int) {
        self.instance = instance
        self.track = track
        self.sightings = sightings
        self.detectedClass = detectedClass
    }
}
