/// Takes secrets out of what is shown: of every URL, wherever it stands in a text, there stay scheme, host, port,
/// and the path up to the first `=`.
///
/// Passwords come before an `@` and in parameters, whose names cameras make up: `?passphrase=x`,
/// `/user=admin_password=x`. The stream key of RTMP (`rtmp://host/app/key`) is taken out as well. Every error,
/// log line and report with a URL in it goes through here or through ``redactedAddress(_:)``.
package func redacted(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let mark = rest.firstRange(of: "://") {
        let scheme = rest[..<mark.lowerBound]
        result += rest[..<mark.upperBound]
        rest = rest[mark.upperBound...]
        // A password may hold any character by mistake, quotes and slashes too.
        let end = rest.firstIndex(where: \.isWhitespace) ?? rest.endIndex
        result += masked(rest[..<end], scheme: scheme)
        rest = rest[end...]
    }
    return result + rest
}

/// The same of a text that is a path or a URL as a whole, whatever characters it has.
package func redactedAddress(_ text: String) -> String {
    guard let mark = text.firstRange(of: "://") else { return text }
    return text[..<mark.upperBound]
        + masked(text[mark.upperBound...], scheme: text[..<mark.lowerBound])
}

/// A URL without its scheme, and without its secrets.
private func masked(_ url: Substring, scheme: Substring) -> String {
    var result = ""
    var rest = url
    // What belongs to the user ends at the last @, since a password may hold one by mistake.
    if let end = rest.lastIndex(of: "@") {
        result = "***@"
        rest = rest[rest.index(after: end)...]
    }
    let letters = scheme.reversed().prefix(while: \.isLetter).reversed()
    if ["rtmp", "rtmps", "rtmpt"].contains(String(letters).lowercased()) {
        return result + withoutStreamKey(rest)
    }
    guard let equals = rest.firstIndex(of: "="), rest.index(after: equals) < rest.endIndex else {
        return result + rest
    }
    return result + rest[...equals] + "***"
}

/// Replaces what comes after host and application.
private func withoutStreamKey(_ url: Substring) -> String {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[2].isEmpty else { return String(url) }
    return "\(parts[0])/\(parts[1])/***"
}
