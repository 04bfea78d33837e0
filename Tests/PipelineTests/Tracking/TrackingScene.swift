import Model

@testable import Pipeline

/// Instances with discs for masks.
enum TrackingScene {
    static let width = 320
    static let height = 240

    /// A disc whose centre is at (x, y), with its bounding box.
    static func disc(
        x: Double, y: Double, radius: Double = 30, classIndex: Int = 0, score: Float = 0.9
    ) -> Instance {
        let left = Int((x - radius).rounded(.down))
        let top = Int((y - radius).rounded(.down))
        let side = Int((2 * radius).rounded(.up)) + 1
        var pixels = [UInt8](repeating: 0, count: side * side)
        for row in 0..<side {
            for column in 0..<side {
                let dx = Double(left + column) + 0.5 - x
                let dy = Double(top + row) + 0.5 - y
                if dx * dx + dy * dy <= radius * radius { pixels[row * side + column] = 1 }
            }
        }
        let region = PixelRectangle(x: left, y: top, width: side, height: side)
        return Instance(
            classIndex: classIndex, score: score, box: region,
            mask: InstanceMask(region: region, pixels: pixels))
    }
}

/// Numbers that look random and are the same in every run.
struct TestNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// 0..<1.
    mutating func next() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) / Double(1 << 53)
    }

    /// 0..<limit.
    mutating func next(below limit: Int) -> Int { Int(next() * Double(limit)) }
}

extension Tracker {
    /// Goes on by a frame of the scene's size.
    func update(_ instances: [Instance], time: Double) -> [TrackedInstance] {
        update(
            instances, time: time, width: TrackingScene.width, height: TrackingScene.height)
    }
}
