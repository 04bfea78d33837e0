import Foundation
import Testing

/// What `scripts/install-dependencies.sh` asks apt for, and says, on systems that are made up: an os-release
/// file, and programs that write down how they were called.
@Suite struct DependencyScriptTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        // As root, so that sudo is not asked for.
        try program("id", "echo 0")
        // Nothing is installed, unless a test says so.
        try program("dpkg-query", "cat installed 2>/dev/null")
        try program("apt-get", #"echo "$*" >>calls"#)
    }

    private func program(_ name: String, _ script: String) throws {
        let directory = scratch.path("bin")
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try scratch.write(Data("#!/bin/sh\n\(script)\n".utf8), to: "bin/\(name)")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(directory)/\(name)")
    }

    private func run(_ osRelease: String, _ arguments: String...) throws -> ChildProcess.Result {
        try scratch.write(Data(osRelease.utf8), to: "os-release")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try ChildProcess(
            Repository.path("scripts/install-dependencies.sh"), arguments, in: scratch.directory,
            environment: [
                "OS_RELEASE_FILE": scratch.path("os-release"),
                "PATH": "\(scratch.path("bin")):\(path)",
            ]
        ).finish()
    }

    /// The packages that apt-get was to install; nil where it was not called for that.
    private var installed: Set<Substring>? {
        get throws {
            guard scratch.exists("calls") else { return nil }
            let line = try scratch.text("calls").split(separator: "\n").first {
                $0.contains(" install ")
            }
            return line.map { Set($0.split(separator: " ")) }
        }
    }

    struct System: CustomTestStringConvertible, Sendable {
        var osRelease: String
        /// The package of FFmpeg's devices.
        var devices: String
        var testDescription: String { osRelease.replacing("\n", with: " ") }
    }

    static let known = [
        System(
            osRelease: "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
            devices: "libavdevice59"),
        System(
            osRelease: "ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\n",
            devices: "libavdevice61"),
        System(
            osRelease: "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n",
            devices: "libavdevice60"),
        // Derived systems have versions and names of their own.
        System(
            osRelease: """
                ID=linuxmint
                ID_LIKE="ubuntu debian"
                VERSION_ID="22"
                VERSION_CODENAME=wilma
                UBUNTU_CODENAME=noble
                """, devices: "libavdevice60"),
        System(
            osRelease: """
                ID=linuxmint
                ID_LIKE=debian
                VERSION_CODENAME=faye
                DEBIAN_CODENAME=bookworm
                """, devices: "libavdevice59"),
    ]

    @Test(arguments: known) func namesOfKnownReleases(_ system: System) throws {
        let result = try run(system.osRelease)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.isEmpty)
        let packages = try #require(try installed)
        #expect(
            packages.isSuperset(of: [
                "libavcodec-dev", "libavformat-dev", "libavutil-dev", "libswscale-dev",
                "libdnnl-dev", "libopenblas-dev", "libfreetype-dev", "libcurl4-openssl-dev",
                "zlib1g-dev",
            ]))
        #expect(packages.filter { $0.hasPrefix("libavdevice") } == [system.devices[...]])
        #expect(!packages.contains { $0.hasPrefix("gstreamer") })
    }

    @Test func testsNeedMore() throws {
        #expect(try run(Self.known[0].osRelease, "--tests").status == 0)
        let packages = try #require(try installed)
        #expect(packages.isSuperset(of: ["gstreamer1.0-plugins-ugly", "python3-gi"]))
    }

    @Test func packagingNeedsItsTools() throws {
        #expect(try run(Self.known[0].osRelease, "--package").status == 0)
        let packages = try #require(try installed)
        #expect(packages.isSuperset(of: ["dpkg-dev", "libdnnl-dev"]))
    }

    @Test func nothingIsDoneWhereNothingIsMissing() throws {
        try scratch.write(Data("installed".utf8), to: "installed")
        let result = try run(Self.known[0].osRelease)
        #expect(result.status == 0)
        #expect(result.output.isEmpty)
        #expect(result.errors.isEmpty)
        #expect(try installed == nil)
    }

    /// A later release may have another name for it; the development package has this one everywhere.
    @Test func unknownReleasesOfDebianAreTried() throws {
        let result = try run("ID=debian\nPRETTY_NAME=\"Debian 14\"\nVERSION_CODENAME=forky\n")
        #expect(result.status == 0)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.hasPrefix("warning: Debian 14 "), "\(result.errors)")
        #expect(try #require(try installed).contains("libavdevice-dev"))
    }

    @Test(arguments: ["jammy", "focal", "bullseye"])
    func oldLibrariesAreToldBeforeAnythingIsInstalled(_ release: String) throws {
        let result = try run(
            "ID=x\nID_LIKE=debian\nPRETTY_NAME=\"Old One\"\nVERSION_CODENAME=\(release)\n")
        #expect(result.status == 1)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.hasPrefix("error: the libraries of Old One are too old: FFmpeg 5.1"))
        #expect(result.output.isEmpty)
        #expect(!scratch.exists("calls"))
    }

    @Test(arguments: [
        ("ID=fedora\nPRETTY_NAME=\"Fedora Linux 42\"\n", "Fedora Linux 42", "sudo dnf install "),
        ("ID=rhel\nID_LIKE=\"fedora\"\nPRETTY_NAME=RHEL\n", "RHEL", "sudo dnf install "),
        ("ID=arch\nPRETTY_NAME=\"Arch Linux\"\n", "Arch Linux", "sudo pacman -S "),
        ("ID=manjaro\nID_LIKE=arch\nPRETTY_NAME=Manjaro\n", "Manjaro", "sudo pacman -S "),
    ])
    func otherSystemsGetALineToPaste(_ osRelease: String, name: String, command: String) throws {
        let result = try run(osRelease)
        #expect(result.status == 1)
        #expect(result.errors.contains("not \(name);"), "\(result.errors)")
        #expect(result.errorLines.count == 2)
        #expect(result.errorLines.last?.hasPrefix("  \(command)") == true)
        #expect(!scratch.exists("calls"))
    }

    /// macOS has no such file, and another name for itself.
    @Test func macOSIsToldThatItIsNotSupported() throws {
        try program("uname", "echo Darwin")
        let result = try run("")
        #expect(result.status == 1)
        #expect(result.errors.contains("does not build on macOS"))
        #expect(result.errorLines.last?.hasPrefix("  brew install ") == true)
    }

    @Test func systemsNobodyThoughtOf() throws {
        let result = try run("ID=slackware\nPRETTY_NAME=\"Slackware 15.0\"\n")
        #expect(result.status == 1)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.contains("not Slackware 15.0; install FFmpeg 5.1, oneDNN 2.6"))
    }

    @Test func usage() throws {
        let result = try run(Self.known[0].osRelease, "--test")
        #expect(result.status == 64)
        #expect(result.errors == "usage: install-dependencies.sh [--tests | --package]\n")
    }
}
