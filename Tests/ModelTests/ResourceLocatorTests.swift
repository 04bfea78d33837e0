import Foundation
import Testing

@testable import Model

@Suite struct ResourceLocatorTests {
    @Test func resourcesAreFoundWhereverTheProgramIs() throws {
        try WeightsTestFiles.withDirectory { directory in
            func touch(_ path: String) throws -> String {
                let url = URL(fileURLWithPath: "\(directory)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data().write(to: url)
                return url.path
            }
            func find(_ environment: [String: String] = [:]) throws -> String {
                try ResourceLocator(
                    executable: "\(directory)/usr/bin/yolact-video", environment: environment
                ).path(of: "model", in: "Model")
            }
            let error = #expect(throws: ResourceNotFound.self) { try find() }
            #expect(error?.searched.count == 2)
            #expect(error?.description.contains("share/yolact-video") == true)
            let bundle = "yolact-video_Model.resources/Resources/model"
            let shared = try touch("usr/share/yolact-video/\(bundle)")
            #expect(try find() == shared)
            let beside = try touch("usr/bin/\(bundle)")
            #expect(try find() == beside)
            let chosen = try touch("own/\(bundle)")
            #expect(try find(["YOLACT_VIDEO_RESOURCES": "\(directory)/own"]) == chosen)
            #expect(try find(["YOLACT_VIDEO_RESOURCES": ""]) == beside)
        }
    }
}
