import Foundation
import Model
import VideoIO

/// The files that a list of files names: FFmpeg's `ffconcat` lists and HLS playlists.
enum ReferencedFiles {
    /// No list is longer.
    private static let limit = 1 << 20

    /// Paths, relative to the list's directory; none where the file is no list.
    static func of(_ path: String) -> [String] {
        guard let head = FileHead(path: path), head.isList || head.isPlaylist,
            let file = RegularFile(path: path)
        else { return [] }
        let lines = LineReader.lines(file.bytes(at: 0, count: limit)).map(\.text)
        let names =
            head.isPlaylist
            ? lines.filter { !$0.hasPrefix("#") }
            : lines.filter { $0.hasPrefix("file ") }.map { unquoted($0.dropFirst(5)) }
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        return names.filter { !$0.contains("://") }.map {
            URL(fileURLWithPath: $0, relativeTo: directory).path
        }
    }

    /// A name as av_get_token() reads it: quotes keep everything, a backslash the next character.
    private static func unquoted(_ text: Substring) -> String {
        var name = ""
        var isQuoted = false
        var isEscaped = false
        for character in text.drop(while: \.isWhitespace) {
            if isEscaped {
                name.append(character)
                isEscaped = false
            } else if character == "'" {
                isQuoted.toggle()
            } else if character == "\\", !isQuoted {
                isEscaped = true
            } else if character.isWhitespace, !isQuoted {
                break
            } else {
                name.append(character)
            }
        }
        return name
    }
}
