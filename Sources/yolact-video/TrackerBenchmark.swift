import Dispatch
import Foundation
import Model
import Pipeline

/// Times the tracker alone, on made-up instances that move, cross and cover one another.
struct TrackerBenchmark {
    /// Instances in every frame.
    var instances = 50
    /// Picture size in pixels.
    var width = 1280
    var height = 720
    /// Frames, 30 a second.
    var frames = 300

    /// Milliseconds of each frame, after ten that are not counted.
    func run() -> [Double] {
        let tracker = Tracker()
        var times: [Double] = []
        for frame in 0..<frames + 10 {
            let found = (0..<instances).map { instance($0, frame: frame) }
            let start = DispatchTime.now().uptimeNanoseconds
            let tracked = tracker.update(
                found, time: Double(frame) / 30, width: width, height: height)
            let end = DispatchTime.now().uptimeNanoseconds
            precondition(tracked.count == instances)
            if frame >= 10 { times.append(Double(end - start) / 1e6) }
        }
        return times
    }

    /// An ellipse on a path of its own, 60 to 260 pixels wide.
    private func instance(_ index: Int, frame: Int) -> Instance {
        let phase = Double(index) * 2.399963
        let time = Double(frame) / 30
        let (wide, tall) = (60 + index * 4 % 200, 80 + index * 7 % 180)
        let x = (0.5 + 0.45 * sin(phase + 0.7 * time)) * Double(width - wide)
        let y = (0.5 + 0.45 * cos(1.7 * phase + 0.5 * time)) * Double(height - tall)
        var pixels = [UInt8](repeating: 0, count: wide * tall)
        for row in 0..<tall {
            for column in 0..<wide {
                let dx = (Double(column) + 0.5) / Double(wide) * 2 - 1
                let dy = (Double(row) + 0.5) / Double(tall) * 2 - 1
                if dx * dx + dy * dy <= 1 { pixels[row * wide + column] = 1 }
            }
        }
        let region = PixelRectangle(x: Int(x), y: Int(y), width: wide, height: tall)
        return Instance(
            classIndex: index % 3, score: 0.9, box: region,
            mask: InstanceMask(region: region, pixels: pixels))
    }
}
