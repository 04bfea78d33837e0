import Foundation
import Model
import VideoIO

/// The pictures of an inspection as PNG files.
struct InspectionPictures {
    /// A picture.
    struct Picture {
        /// Name of its file.
        var name: String
        /// The file.
        var png: [UInt8]

        /// As an address that holds the picture itself.
        var address: String { "data:image/png;base64," + Data(png).base64EncodedString() }
    }

    /// The linear combination of an instance.
    struct Combination {
        /// After how many terms, and the sum: mask logits.
        var sums: [(terms: Int, picture: Picture)]
        /// The logit at the ends of the colours.
        var limit: Float
        /// The sigmoid of all terms.
        var sigmoid: Picture
        /// The same inside the box only.
        var crop: Picture
        /// The mask at the size of the picture.
        var mask: Picture
        /// What is around the instance with its box and those it suppressed.
        var anchors: Picture
    }

    /// The picture itself.
    var frame: Picture
    /// With instances painted on.
    var overlay: Picture
    /// What the network gets.
    var input: Picture
    /// The prototypes, each at the brightness of its own largest value.
    var prototypes: [Picture]
    /// The picture with the boxes of all candidates.
    var anchors: Picture
    /// Of each instance.
    var combinations: [Combination]

    /// All of them.
    var all: [Picture] {
        [frame, overlay, input, anchors] + prototypes
            + combinations.flatMap {
                $0.sums.map(\.picture) + [$0.sigmoid, $0.crop, $0.mask, $0.anchors]
            }
    }

    /// Draws everything.
    ///
    /// - Throws: `VideoError`, ``OverlayError``.
    init(
        _ inspection: Inspection, frame: VideoFrame, classNames: [String], overlay: OverlayOptions
    ) throws {
        self.frame = Picture(name: "frame.png", png: try frame.png())
        let painting = InspectionPainting(frame, classNames: classNames, overlay: overlay)
        self.overlay = Picture(
            name: "overlay.png", png: try painting.instances(inspection.instances).png())
        input = Picture(
            name: "network-input.png",
            png: try PNGPicture.encode(
                inspection.networkInput, .rgb, width: inspection.inputSize,
                height: inspection.inputSize))
        let prototypes = inspection.prototypes
        self.prototypes = try (0..<prototypes.count).map { index in
            let values = prototypes[index]
            return Picture(
                name: "prototype-\(Self.number(index, below: prototypes.count)).png",
                png: try ColourMap.sequential.png(
                    values, width: prototypes.side, height: prototypes.side,
                    limit: values.max() ?? 0))
        }
        anchors = Picture(
            name: "anchors.png", png: try painting.candidates(of: inspection).png())
        combinations = try inspection.instances.indices.map {
            try Self.combination($0, inspection, painting)
        }
    }

    private static func combination(
        _ index: Int, _ inspection: Inspection, _ painting: InspectionPainting
    ) throws -> Combination {
        let instance = inspection.instances[index]
        let prototypes = inspection.prototypes
        let side = prototypes.side
        let name = "instance-\(number(index + 1, below: inspection.instances.count + 1))"
        let sums = instance.steps.map { ($0, instance.partialSum($0, of: prototypes)) }
        let limit = sums.last?.1.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 } ?? 0
        func grey(_ values: [Float]) -> [UInt8] {
            values.map { $0.isNaN ? 0 : UInt8(min(max($0, 0), 1) * 255) }
        }
        func soft(_ kind: String, cropped: Bool) throws -> Picture {
            Picture(
                name: "\(name)-\(kind).png",
                png: try PNGPicture.encode(
                    grey(instance.softMask(of: prototypes, cropped: cropped)), .grey, width: side,
                    height: side))
        }
        return Combination(
            sums: try sums.map { terms, values in
                let count = number(terms, below: prototypes.count + 1)
                return (
                    terms,
                    Picture(
                        name: "\(name)-sum-\(count).png",
                        png: try ColourMap.diverging.png(
                            values, width: side, height: side, limit: limit))
                )
            },
            limit: limit, sigmoid: try soft("sigmoid", cropped: false),
            crop: try soft("crop", cropped: true),
            mask: Picture(
                name: "\(name)-mask.png",
                png: try mask(instance.instance.mask, inspection.width, inspection.height)),
            anchors: Picture(
                name: "\(name)-anchors.png",
                png: try painting.candidates(ofInstance: index, inspection)))
    }

    private static func mask(_ mask: InstanceMask, _ width: Int, _ height: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: width * height)
        let region = mask.region
        for row in 0..<region.height {
            for column in 0..<region.width where mask.pixels[row * region.width + column] != 0 {
                bytes[(region.y + row) * width + region.x + column] = 255
            }
        }
        return try PNGPicture.encode(bytes, .grey, width: width, height: height)
    }

    /// With leading zeros, so that names sort as numbers do.
    private static func number(_ number: Int, below limit: Int) -> String {
        let digits = max(2, "\(max(0, limit - 1))".count)
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
