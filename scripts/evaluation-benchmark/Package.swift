// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "evaluation-benchmark",
    dependencies: [.package(name: "yolact-video", path: "../..")],
    targets: [
        .executableTarget(
            name: "evaluation-benchmark",
            dependencies: [.product(name: "Pipeline", package: "yolact-video")])
    ]
)
