// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

// Told by the Makefile. Were git asked here, the answer would be an old one: SwiftPM keeps what this file
// says until the file or its environment changes.
let commit = Context.environment["YOLACT_VIDEO_COMMIT"] ?? ""

let package = Package(
    name: "yolact-video",
    products: [
        .library(name: "VideoIO", targets: ["VideoIO"]),
        .library(name: "Model", targets: ["Model"]),
        .library(name: "Pipeline", targets: ["Pipeline"]),
        .executable(name: "yolact-video", targets: ["yolact-video"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.86.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat",
            providers: [
                .apt([
                    "libavcodec-dev", "libavformat-dev", "libavutil-dev",
                    "libswscale-dev",
                ])
            ]),
        // Debian ships no .pc file for oneDNN; the module map links it.
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        // Headers only: the library is loaded at run time, after its kernels have been chosen
        // (see OpenBLASLibrary). A pkgConfig entry would link it and load it before that.
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CFreeType", pkgConfig: "freetype2", providers: [.apt(["libfreetype-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Functions that are compiled for instructions which are chosen at run time.
        .target(name: "ComputeKernels"),
        .target(
            name: "CBuildInfo",
            cSettings: commit.isEmpty
                ? [] : [.define("YOLACT_VIDEO_COMMIT", to: "\"\(commit)\"")]),
        // Files that appear when they are complete; internal to the package.
        .target(name: "OutputFiles", swiftSettings: settings),
        .target(
            name: "VideoIO", dependencies: ["CFFmpeg", "OutputFiles"], swiftSettings: settings),
        .target(
            name: "Model",
            dependencies: ["COneDNN", "COpenBLAS", "CZlib", "ComputeKernels", "OutputFiles"],
            resources: [.copy("Resources")], swiftSettings: settings),
        .target(
            name: "Pipeline",
            dependencies: [
                "VideoIO", "Model", "OutputFiles", "CFreeType", "CZlib",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            resources: [.copy("Resources")], swiftSettings: settings),
        .executableTarget(
            name: "yolact-video",
            dependencies: [
                "VideoIO", "Model", "Pipeline", "OutputFiles", "CBuildInfo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "VideoIOTests", dependencies: ["VideoIO", "OutputFiles"], swiftSettings: settings),
        .testTarget(
            name: "ModelTests", dependencies: ["Model", "TestSupport"],
            resources: [.copy("Resources")], swiftSettings: settings),
        .testTarget(
            name: "PipelineTests", dependencies: ["Pipeline", "Model", "VideoIO"],
            resources: [.copy("Resources")], swiftSettings: settings),
        .testTarget(
            name: "CommandTests",
            dependencies: ["yolact-video", "Pipeline", "Model", "VideoIO", "TestSupport"],
            swiftSettings: settings),
    ]
)
