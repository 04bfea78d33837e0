import Foundation
import Model

@testable import Pipeline

/// A textured scene seen by a camera that moves by known amounts, and a rectangle in it whose mask is known.
struct StabilityRig {
    static let width = 192
    static let height = 144

    /// From a position in the picture to one in the scene, by frame.
    var view: @Sendable (Double, SIMD2<Double>) -> SIMD2<Double>

    static let still = StabilityRig { _, position in position }

    static func pan(_ step: SIMD2<Double>) -> StabilityRig {
        StabilityRig { frame, position in position - step * frame }
    }

    /// Grows by a factor each frame around the middle.
    static func zoom(_ factor: Double) -> StabilityRig {
        StabilityRig { frame, position in middle + (position - middle) / pow(factor, frame) }
    }

    /// Turns by an angle each frame around the middle.
    static func turn(degrees: Double) -> StabilityRig {
        StabilityRig { frame, position in
            let angle = -degrees * frame * .pi / 180
            let from = position - middle
            return middle
                + SIMD2(
                    cos(angle) * from.x - sin(angle) * from.y,
                    sin(angle) * from.x + cos(angle) * from.y)
        }
    }

    private static let middle = SIMD2(Double(width) / 2, Double(height) / 2)

    /// The picture of a frame: no two places look alike.
    func luma(_ frame: Int) -> LumaPlane {
        var samples = [UInt8](repeating: 0, count: Self.width * Self.height)
        for y in 0..<Self.height {
            for x in 0..<Self.width {
                let p = view(Double(frame), SIMD2(Double(x) + 0.5, Double(y) + 0.5))
                let value =
                    128 + 40 * sin(p.x * 0.31 + 0.9 * sin(p.y * 0.053))
                    + 35 * sin(p.y * 0.27 + 1.3 * sin(p.x * 0.041)) + 25
                    * sin((p.x + 2 * p.y) * 0.043)
                    + 20 * sin((3 * p.x - p.y) * 0.19)
                samples[y * Self.width + x] = UInt8(min(max(value, 0), 255))
            }
        }
        return LumaPlane(width: Self.width, height: Self.height, samples: samples)
    }

    /// The motion from the frame before.
    func motion(_ frame: Int) -> FrameMotion {
        FrameMotion(current: luma(frame), previous: luma(frame - 1))
    }

    /// What is inside a rectangle of the scene, and its bounding box.
    func instance(
        _ frame: Int, x: ClosedRange<Double> = 60...120, y: ClosedRange<Double> = 50...90
    ) -> Instance {
        var pixels = [UInt8](repeating: 0, count: Self.width * Self.height)
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        for row in 0..<Self.height {
            for column in 0..<Self.width {
                let p = view(Double(frame), SIMD2(Double(column) + 0.5, Double(row) + 0.5))
                guard x.contains(p.x), y.contains(p.y) else { continue }
                pixels[row * Self.width + column] = 1
                (left, right) = (min(left, column), max(right, column))
                (top, bottom) = (min(top, row), max(bottom, row))
            }
        }
        return Instance(
            classIndex: 0, score: 0.8,
            box: PixelRectangle(
                x: left, y: top, width: right - left + 1, height: bottom - top + 1),
            mask: InstanceMask(
                region: PixelRectangle(x: 0, y: 0, width: Self.width, height: Self.height),
                pixels: pixels), id: 1)
    }

    /// Figures of a number of frames, whose instances are changed before they are shown.
    func figures(
        frames: Int = 20, change: (_ frame: Int, Instance) -> Instance? = { $1 }
    ) -> StabilityFigures {
        let recorder = StabilityRecorder(classNames: ["one", "two"])
        for frame in 0..<frames {
            let found = instance(frame)
            recorder.add(
                change(frame, found).map { [$0] } ?? [], untouched: [found], frame: frame,
                time: Double(frame) / 30, motion: frame > 0 ? motion(frame) : nil,
                width: Self.width, height: Self.height)
        }
        return recorder.figures
    }
}

extension InstanceMask {
    /// Without the pixels at its edge.
    var eroded: InstanceMask {
        var result = self
        let width = region.width
        for y in 0..<region.height {
            for x in 0..<width where pixels[y * width + x] != 0 {
                let isInside =
                    x > 0 && y > 0 && x + 1 < width && y + 1 < region.height
                    && [-1, 0, 1].allSatisfy { dy in
                        [-1, 0, 1].allSatisfy { dx in
                            pixels[(y + dy) * width + x + dx] != 0
                        }
                    }
                if !isInside { result.pixels[y * width + x] = 0 }
            }
        }
        return result
    }
}
