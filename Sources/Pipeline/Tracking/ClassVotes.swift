import Foundation

/// The class of an object by what it was taken for along its way: each sighting votes with its score, and
/// votes lose half of their weight every ``halfLife`` seconds.
struct ClassVotes: Sendable {
    private var votes: [(classIndex: Int, weight: Double)] = []

    /// Seconds.
    static let halfLife = 2.0

    /// Adds a vote, `seconds` after the last.
    mutating func add(_ classIndex: Int, score: Float, after seconds: Double) {
        let kept = exp2(-max(0, seconds) / Self.halfLife)
        for index in votes.indices { votes[index].weight *= kept }
        let weight = score.isFinite ? Double(max(score, 0)) : 0
        if let index = votes.firstIndex(where: { $0.classIndex == classIndex }) {
            votes[index].weight += weight
        } else {
            votes.append((classIndex, weight))
        }
    }

    /// The class with most votes; of equal ones the one that came first. Nil before the first vote.
    var winner: Int? {
        guard var best = votes.first else { return nil }
        for vote in votes where vote.weight > best.weight { best = vote }
        return best.classIndex
    }
}
