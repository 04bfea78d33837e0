/// Finds out which of the tracks so far each sighting of a frame continues. Keeps its memory from frame to
/// frame.
struct TrackMatching {
    /// The track of each sighting; nil for what is new.
    private(set) var found: [Int?] = []
    private var isTaken: [Bool] = []
    private var gains: [Double] = []
    private var freeTracks: [Int] = []
    private var freeSightings: [Int] = []
    private var assignment = LinearAssignment()

    /// Fills ``found``.
    mutating func match(
        _ tracks: [Track], _ sightings: [Sighting], rowStep: Int, _ options: Tracker.Options
    ) {
        found.refill(with: nil, count: sightings.count)
        isTaken.refill(with: false, count: tracks.count)
        guard !tracks.isEmpty, !sightings.isEmpty else { return }
        gains.refill(with: 0, count: tracks.count * sightings.count)
        var isAnyPossible = false
        for (row, track) in tracks.enumerated() {
            for (column, sighting) in sightings.enumerated() {
                let gain = track.similarity(to: sighting, rowStep: rowStep, options)
                guard gain >= options.leastSimilarity else { continue }
                gains[row * sightings.count + column] = gain
                isAnyPossible = true
            }
        }
        if isAnyPossible {
            let pairs = assignment.solve(
                gains: gains, rows: tracks.count, columns: sightings.count)
            for (row, column) in pairs.enumerated() {
                guard let column else { continue }
                found[column] = row
                isTaken[row] = true
            }
        }
        matchByDistance(tracks, sightings)
    }

    /// What moves by more than its own size between frames has no overlap to be known by: tracks and
    /// sightings that are left are paired if they are close, of the same class and alike in size.
    private mutating func matchByDistance(_ tracks: [Track], _ sightings: [Sighting]) {
        freeTracks.removeAll(keepingCapacity: true)
        for track in tracks.indices where !isTaken[track] { freeTracks.append(track) }
        freeSightings.removeAll(keepingCapacity: true)
        for sighting in sightings.indices where found[sighting] == nil {
            freeSightings.append(sighting)
        }
        guard !freeTracks.isEmpty, !freeSightings.isEmpty else { return }
        gains.removeAll(keepingCapacity: true)
        for track in freeTracks {
            for sighting in freeSightings {
                gains.append(tracks[track].closeness(to: sightings[sighting]))
            }
        }
        guard gains.contains(where: { $0 > 0 }) else { return }
        let pairs = assignment.solve(
            gains: gains, rows: freeTracks.count, columns: freeSightings.count)
        for (row, column) in pairs.enumerated() {
            if let column { found[freeSightings[column]] = freeTracks[row] }
        }
    }
}
