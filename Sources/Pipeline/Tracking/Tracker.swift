public import Model

/// Gives the instances of a video identities that last.
///
/// Each frame's instances are paired with the tracks so far by an optimal assignment on the overlap of masks
/// and boxes at predicted places. A track moves on at a constant velocity while it is not seen; it is
/// confirmed, and gets its id, when it has been seen often enough; it ends when it has not been seen for a
/// time, in seconds. What is seen decides by votes what class an object has.
///
/// The overlaps of all pairs take time quadratic in the number of instances; the assignment is cubic in the
/// worst case, in which every object overlaps every other.
///
/// One tracker for one camera. Not thread-safe.
public final class Tracker {
    /// When tracks begin, go on and end.
    public struct Options: Sendable, Hashable {
        /// Least similarity of a pair, 0...1: mostly the IoU of masks at the predicted place.
        public var leastSimilarity = 0.2
        /// Sightings until a track is confirmed; in the first frame one is enough.
        public var sightingsToConfirm = 2
        /// Score that one of the sightings must have had by then: what is never sure is no object.
        public var scoreToConfirm: Float = 0.3
        /// What overlaps a confirmed object by this IoU of masks is the same object found twice; it is not
        /// confirmed.
        public var duplicateOverlap = 0.5
        /// Seconds that a confirmed track may remain unseen.
        public var patience = 1.0
        /// What another class than that of the track costs of the similarity.
        public var classPenalty = 0.15
        /// Whether instances get the class that the track has voted for; else they keep their own.
        public var votesOnClass = true

        /// Creates the default options.
        public init() {}
    }

    /// What a tracker has seen.
    public struct Statistics: Sendable, Hashable {
        /// Identities that were given.
        public var identities = 0
        /// Tracks that ended before they were confirmed.
        public var unconfirmed = 0
        /// Times at which an identity was found again after frames without it.
        public var bridgedGaps = 0
        /// Changes of scene.
        public var sceneCuts = 0
    }

    /// When tracks begin, go on and end.
    public let options: Options
    /// What has been seen so far.
    public private(set) var statistics = Statistics()

    private var tracks: [Track] = []
    private var trackCount = 0
    private var lastTime: Double?
    private var hasSeenFrames = false
    private var matching = TrackMatching()
    // Kept for their memory, as what follows is needed for each frame.
    private var sightings: [Sighting] = []
    private var places: [Int] = []
    private var ranked: [Int] = []
    /// Masks that no track needs any more.
    private var spareMasks: [BitMask] = []

    /// Creates a tracker that has seen nothing.
    public init(options: Options = Options()) { self.options = options }

    /// Ends all tracks, as at a change of scene. Ids go on counting.
    public func reset() {
        for track in tracks { retire(track) }
        tracks.removeAll(keepingCapacity: true)
        hasSeenFrames = false
        statistics.sceneCuts += 1
    }

    /// Goes on by a frame.
    ///
    /// - Parameters:
    ///   - instances: What was found in it, with masks, in any order.
    ///   - time: When it was shown, in seconds. A time that does not lie behind the last one counts as one
    ///     frame of 30 a second.
    ///   - width: Columns of the picture.
    ///   - height: Rows of the picture.
    /// - Returns: The same instances in the same order, with what their tracks know.
    public func update(
        _ instances: [Instance], time: Double, width: Int, height: Int
    ) -> [TrackedInstance] {
        let seconds = step(to: time)
        // Tall pictures lose rows, not columns: overlaps stay within a percent or so.
        let rowStep = max(1, height / 360)
        for index in tracks.indices { tracks[index].predict(seconds: seconds) }
        see(instances, rowStep: rowStep)
        matching.match(tracks, sightings, rowStep: rowStep, options)
        places.removeAll(keepingCapacity: true)
        for (sighting, found) in zip(sightings, matching.found) {
            places.append(found.map { take(sighting, into: $0) } ?? begin(sighting))
        }
        hideDuplicates()
        confirm()
        var result: [TrackedInstance] = []
        result.reserveCapacity(instances.count)
        for (instance, place) in zip(instances, places) {
            result.append(answer(instance, tracks[place]))
        }
        end()
        hasSeenFrames = true
        return result
    }

    /// Seconds since the last frame.
    private func step(to time: Double) -> Double {
        let usual = 1.0 / 30
        defer { lastTime = time.isFinite ? time : lastTime.map { $0 + usual } }
        guard let lastTime, time.isFinite, time > lastTime else { return usual }
        // A camera may have been away for long; what was seen before has ended then.
        return min(time - lastTime, 3600)
    }

    /// Fills ``sightings``.
    private func see(_ instances: [Instance], rowStep: Int) {
        // The masks of the last ones belong to tracks by now.
        sightings.removeAll(keepingCapacity: true)
        for instance in instances {
            sightings.append(
                Sighting(
                    instance, rowStep: rowStep, memory: spareMasks.popLast() ?? BitMask()))
        }
    }

    private func begin(_ sighting: Sighting) -> Int {
        trackCount += 1
        tracks.append(Track(number: trackCount, sighting))
        return tracks.count - 1
    }

    private func take(_ sighting: Sighting, into place: Int) -> Int {
        if tracks[place].unseen > 0 { statistics.bridgedGaps += 1 }
        spareMasks.append(tracks[place].mask)
        tracks[place].take(sighting)
        return place
    }

    /// Of two tracks that are on the same object the younger one keeps its id to itself meanwhile, and what
    /// it is taken for is a vote on the class of the older one.
    private func hideDuplicates() {
        ranked.removeAll(keepingCapacity: true)
        for place in places where tracks[place].id != nil { ranked.append(place) }
        ranked.sort { (tracks[$0].id ?? 0) < (tracks[$1].id ?? 0) }
        for (position, younger) in ranked.enumerated() {
            let older = ranked[..<position].first {
                !tracks[$0].isDuplicate
                    && tracks[$0].overlap(with: tracks[younger]) >= options.duplicateOverlap
            }
            tracks[younger].isDuplicate = older != nil
            if let older { tracks[older].hear(tracks[younger]) }
        }
    }

    /// Gives ids to those of the seen tracks that have earned them, the surest first.
    private func confirm() {
        let needed = hasSeenFrames ? options.sightingsToConfirm : 1
        ranked.removeAll(keepingCapacity: true)
        for place in places
        where tracks[place].id == nil && tracks[place].sightings >= needed
            && tracks[place].bestScore >= options.scoreToConfirm
        {
            ranked.append(place)
        }
        ranked.sort { (tracks[$0].bestScore, $1) > (tracks[$1].bestScore, $0) }
        for candidate in ranked {
            let known = places.first {
                tracks[$0].id != nil
                    && tracks[$0].overlap(with: tracks[candidate]) >= options.duplicateOverlap
            }
            if let known {
                tracks[known].hear(tracks[candidate])
                continue
            }
            statistics.identities += 1
            tracks[candidate].id = statistics.identities
        }
    }

    private func answer(_ found: Instance, _ track: Track) -> TrackedInstance {
        var instance = found
        instance.id = track.isDuplicate ? nil : track.id
        if options.votesOnClass, instance.id != nil, let winner = track.votes.winner {
            instance.classIndex = winner
        }
        return TrackedInstance(
            instance: instance, track: track.number, sightings: track.sightings,
            detectedClass: found.classIndex)
    }

    /// Ends tracks that were not seen: those without an id at once, others after a while.
    private func end() {
        for index in tracks.indices { tracks[index].finishFrame() }
        tracks.removeAll { track in
            guard track.unseen > 0 else { return false }
            guard track.id == nil || track.unseenSeconds > options.patience else { return false }
            retire(track)
            return true
        }
    }

    /// Counts a track that ends and keeps the memory of its mask.
    private func retire(_ track: Track) {
        if track.id == nil { statistics.unconfirmed += 1 }
        spareMasks.append(track.mask)
    }
}
