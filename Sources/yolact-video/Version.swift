/// The version of the program, in the sense of https://semver.org.
enum Version {
    static let current = "0.1.0"
}
