import Foundation
public import Model
public import VideoIO

/// What a network sees in a picture as PNG files and one HTML page that needs nothing but itself.
public struct InspectionReport {
    /// Name of the page among the files.
    public static let pageName = "index.html"

    /// What was found.
    public let inspection: Inspection
    /// Names of the model's classes.
    public let classNames: [String]
    /// The page.
    public let page: ReportPage
    private let pictures: InspectionPictures

    /// Draws all pictures and puts the page together.
    ///
    /// - Parameters:
    ///   - inspection: What was found.
    ///   - frame: The picture it was found in.
    ///   - classNames: Names of the model's classes.
    ///   - title: What was looked at.
    ///   - subtitle: With which model, for people.
    ///   - overlay: How instances are painted.
    ///   - origin: What makes the report, if that is to be told.
    /// - Throws: `VideoError`, ``OverlayError``.
    public init(
        _ inspection: Inspection, frame: VideoFrame, classNames: [String], title: String,
        subtitle: String, overlay: OverlayOptions = OverlayOptions(),
        origin: ReportOrigin? = nil
    ) throws {
        self.inspection = inspection
        self.classNames = classNames
        pictures = try InspectionPictures(
            inspection, frame: frame, classNames: classNames, overlay: overlay)
        let photo = try frame.jpeg(
            x: 0, y: 0, width: frame.width, height: frame.height, largestSide: 1280)
        page = InspectionPage(
            inspection: inspection, pictures: pictures, classNames: classNames,
            photo: "data:image/jpeg;base64," + Data(photo).base64EncodedString()
        ).page(title: title, subtitle: subtitle, origin: origin)
    }

    /// Names of all files: the page, then the pictures.
    public var names: [String] { [Self.pageName] + pictures.all.map(\.name) }

    /// Writes all files; where that fails, none of them is left.
    ///
    /// Pictures of an earlier inspection in the directory that have no counterpart now are removed.
    ///
    /// - Throws: ``FrameRecordError``.
    public func write(to directory: ReportDirectory) throws(FrameRecordError) {
        let stale = Set(Self.pictures(in: directory)).subtracting(names)
        var written: [String] = []
        do throws(FrameRecordError) {
            for picture in pictures.all {
                try directory.write(Data(picture.png), to: picture.name)
                written.append(picture.name)
            }
            try directory.write(page.data, to: Self.pageName)
        } catch {
            directory.discard(written)
            throw error
        }
        directory.remove(stale)
    }

    /// Files in a directory that have the names of this report's pictures.
    private static func pictures(in directory: ReportDirectory) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter {
            $0.wholeMatch(of: /prototype-[0-9]+\.png/) != nil
                || $0.wholeMatch(of: /instance-[0-9]+-(sum-[0-9]+|sigmoid|crop|mask|anchors)\.png/)
                    != nil
        }
    }
}
