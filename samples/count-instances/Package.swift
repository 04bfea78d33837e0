// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "count-instances",
    dependencies: [
        // The name makes it independent of what the checkout's directory is called.
        .package(name: "yolact-video", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "count-instances",
            dependencies: [
                .product(name: "VideoIO", package: "yolact-video"),
                .product(name: "Model", package: "yolact-video"),
                .product(name: "Pipeline", package: "yolact-video"),
            ])
    ]
)
