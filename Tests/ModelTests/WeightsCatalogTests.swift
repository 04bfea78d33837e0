import Foundation
import Testing

@testable import Model

/// The table of models, where they are kept, and the digest that checks them.
@Suite struct WeightsCatalogTests {
    @Test func everyFileNameTellsItsConfiguration() {
        #expect(ModelCatalog.entries.count == 6)
        for entry in ModelCatalog.entries {
            let name = entry.name.replacing("-", with: "_")
            #expect(YolactConfiguration.preset(forFile: entry.file)?.name == name)
            #expect(ModelCatalog.entry(named: entry.name) == entry)
            #expect(ModelCatalog.entry(named: entry.file) == entry)
            #expect(ModelCatalog.entry(named: name) == entry)
            #expect(
                entry.url()
                    == "https://huggingface.co/dbolya/\(entry.name)/resolve/main/\(entry.file)")
        }
        #expect(ModelCatalog.entry(named: "yolact") == nil)
        #expect(
            ModelCatalog.entries[0].url(baseURL: "http://a/").hasPrefix("http://a/yolact-resnet50/")
        )
    }

    @Test func cacheDirectoryFollowsTheEnvironment() {
        let directory = { ModelCatalog.cacheDirectory(environment: $0) }
        #expect(directory(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/yolact-video")
        #expect(directory(["XDG_CACHE_HOME": "c", "HOME": "/h"]) == "/h/.cache/yolact-video")
        #expect(directory(["XDG_CACHE_HOME": "", "HOME": "/h"]) == "/h/.cache/yolact-video")
        #expect(directory(["HOME": "/h"]) == "/h/.cache/yolact-video")
    }

    /// Digests by sha256sum of the bytes 0, 1, 2, ... modulo 251, at lengths around the block size.
    static let digests: [(Int, String)] = [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (55, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
        (56, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
        (57, "2fe741af801cc238602ac0ec6a7b0c3a8a87c7fc7d7f02a3fe03d1c12eac4d8f"),
        (63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
        (64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
        (65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"),
        (119, "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"),
        (120, "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"),
        (127, "92ca0fa6651ee2f97b884b7246a562fa71250fedefe5ebf270d31c546bfea976"),
        (128, "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5"),
        (1000, "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d"),
        (100000, "cd2df694e424bc7968cc37f47751019e5ca0cd1bdf2e479ea537c3a1c32ee1aa"),
    ]

    @Test(arguments: digests) func digestEqualsThatOfSha256sum(_ length: Int, _ expected: String) {
        let bytes = (0..<length).map { UInt8($0 % 251) }
        var whole = SHA256()
        bytes.withUnsafeBytes { whole.update($0) }
        #expect(whole.finish() == expected)
        // Pieces of any size give the same.
        var pieces = SHA256()
        var place = 0
        for size in [1, 62, 1, 1, 63, 64, 65, 127, 129, 1000] {
            let end = min(place + size, length)
            bytes[place..<end].withUnsafeBytes { pieces.update($0) }
            place = end
        }
        bytes[place...].withUnsafeBytes { pieces.update($0) }
        #expect(pieces.finish() == expected)
    }

    @Test func digestOfTheStandard() {
        var digest = SHA256()
        Array("abc".utf8).withUnsafeBytes { digest.update($0) }
        #expect(
            digest.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func contentRanges() {
        #expect(ContentRange("bytes 5-9/10")?.start == 5)
        #expect(ContentRange("bytes 5-9/10")?.total == 10)
        #expect(ContentRange("bytes 5-9/*")?.total == nil)
        #expect(ContentRange("bytes */10")?.total == 10)
        #expect(ContentRange("bytes */10")?.start == nil)
        #expect(ContentRange("pages 1-2/3") == nil)
        #expect(ContentRange("bytes 99999999999999999999-1/2")?.start == nil)
    }
}
