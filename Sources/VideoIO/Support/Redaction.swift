/// Takes secrets out of what is shown: passwords and keys in URLs, wherever in a text they stand.
///
/// What is replaced: the user part before a host (`rtsp://user:password@camera/`), the values of
/// parameters that carry keys (`?passphrase=...`), and the stream key of RTMP (`rtmp://host/app/key`). Every
/// error, log line and report with a URL in it goes through here.
package func redacted(_ text: String) -> String {
    guard text.contains(":") || text.contains("=") else { return text }
    var result = ""
    result.reserveCapacity(text.count)
    var rest = Substring(text)
    while let mark = rest.firstRange(of: "://") {
        let scheme = rest[..<mark.lowerBound].reversed().prefix { $0.isLetter || $0.isNumber }
        result += rest[..<mark.upperBound]
        rest = rest[mark.upperBound...]
        let end = rest.firstIndex { $0.isWhitespace || "\"'<>|".contains($0) } ?? rest.endIndex
        var url = rest[..<end]
        rest = rest[end...]
        // A password may hold a slash or another @ by mistake: everything up to the last @ that comes
        // before the query belongs to the user part.
        let query = url.firstIndex(of: "?") ?? url.endIndex
        let hostEnd = url[..<query].lastIndex(of: "@") ?? url.lastIndex(of: "@")
        if let hostEnd {
            result += "***@"
            url = url[url.index(after: hostEnd)...]
        }
        let isRTMP = ["rtmp", "rtmps", "rtmpt"].contains(String(scheme.reversed()).lowercased())
        result += isRTMP ? withoutStreamKey(url) : String(url)
    }
    return withoutSecretValues(result + rest)
}

/// Replaces what comes after host and application.
private func withoutStreamKey(_ url: Substring) -> String {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[2].isEmpty else { return String(url) }
    return "\(parts[0])/\(parts[1])/***"
}

/// Names of parameters whose values nobody else should know.
private let secretNames: Set<String> = [
    "passphrase", "password", "passwd", "pass", "pwd", "token", "access_token", "auth", "key",
    "apikey", "api_key", "secret", "signature", "sig", "user", "username", "login",
]

/// Replaces the values of parameters (`?name=value&name=value`) that carry secrets.
private func withoutSecretValues(_ text: String) -> String {
    guard text.contains("=") else { return text }
    var result = ""
    var rest = Substring(text)
    while let equals = rest.firstIndex(of: "=") {
        let before = rest[..<equals]
        let name = String(before.reversed().prefix { $0.isLetter || $0 == "_" }.reversed())
        let separator = before.dropLast(name.count).last
        result += rest[...equals]
        rest = rest[rest.index(after: equals)...]
        guard separator == "?" || separator == "&", secretNames.contains(name.lowercased()) else {
            continue
        }
        let end =
            rest.firstIndex { $0 == "&" || $0.isWhitespace || "\"'<>|".contains($0) }
            ?? rest.endIndex
        result += "***"
        rest = rest[end...]
    }
    return result + rest
}
