// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

let package = Package(
    name: "lmdeploy-swift",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lmdeploy", targets: ["LMDeployExecutable"]),
        .library(name: "LMDeploy", targets: ["LMDeploy"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.9.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.9.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        .target(
            name: "CKernels",
            exclude: ["README.md"],
            cSettings: [.headerSearchPath("."), .define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]
        ),
        .target(name: "CWebPages", exclude: ["README.md", "pages"]),
        library("JSON", []),
        library("Tensors", ["CKernels"]),
        library("Checkpoints", ["JSON", "Tensors"]),
        library("KernelLab", ["JSON", "Tensors"]),
        library(
            "Hub",
            [
                "Checkpoints", "Tensors",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        library("Layers", ["Tensors", "Checkpoints"]),
        library("Models", ["Layers", "Checkpoints", "Tensors"]),
        library("Tokenization", ["JSON"]),
        library("ChatTemplates", ["JSON"]),
        library("TurboMind", ["Models", "Layers", "Tensors"]),
        library("Quantization", ["Models", "Layers", "Checkpoints", "Tensors", "JSON"]),
        library("Evaluation", ["TurboMind", "Models", "Layers", "Tensors", "Checkpoints", "JSON"]),
        library("SessionStore", [.product(name: "GRDB", package: "GRDB.swift")]),
        library(
            "LMDeploy",
            [
                "TurboMind", "Models", "Layers", "Tensors", "Checkpoints", "Hub", "Tokenization",
                "ChatTemplates", "SessionStore",
            ]
        ),
        library(
            "Serving",
            [
                "LMDeploy", "TurboMind", "Tokenization", "JSON",
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]
        ),
        library(
            "APIServer",
            [
                "Serving", "CWebPages", "JSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        library(
            "Commands",
            [
                "APIServer", "Serving", "LMDeploy", "TurboMind", "Quantization", "Evaluation", "Hub",
                "KernelLab", "Tensors",
                "Checkpoints", "ChatTemplates", "Tokenization", "SessionStore", "JSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .executableTarget(
            name: "LMDeployExecutable",
            dependencies: ["Commands"],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "ConformanceProbe",
            dependencies: ["LMDeploy", "Checkpoints", "Tokenization", "ChatTemplates", "JSON"],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "LoadProbe",
            dependencies: ["Checkpoints", "Layers", "Models", "Tensors"],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "Simulator",
            dependencies: ["EngineSimulation"],
            swiftSettings: swiftSettings
        ),
        library("EngineSimulation", ["TurboMind"]),
        library("TestSupport", []),
        library("ModelTestSupport", ["TurboMind", "Models", "Layers", "Checkpoints", "Tensors"]),
        tests("CKernelsTests", ["CKernels", "Tensors", "TestSupport"]),
        tests("CWebPagesTests", ["CWebPages"]),
        tests("JSONTests", ["JSON"]),
        tests("TensorsTests", ["Tensors", "TestSupport"]),
        tests("KernelLabTests", ["KernelLab", "Tensors"]),
        tests("CheckpointsTests", ["Checkpoints", "Tensors", "TestSupport"]),
        tests(
            "HubTests",
            ["Hub", "TestSupport", .product(name: "Crypto", package: "swift-crypto")]),
        tests("SessionStoreTests", ["SessionStore", "TestSupport"]),
        tests("LayersTests", ["Layers", "Checkpoints", "Tensors", "TestSupport"]),
        tests("ModelsTests", ["ModelTestSupport", "Checkpoints", "Tensors", "TestSupport"]),
        tests("TokenizationTests", ["Tokenization", "TestSupport"], exclude: ["Fixtures"]),
        tests("ChatTemplatesTests", ["ChatTemplates", "TestSupport"]),
        tests("TurboMindTests", ["EngineSimulation", "TurboMind", "Tensors"]),
        tests(
            "EvaluationTests",
            ["Evaluation", "JSON", "ModelTestSupport", "TurboMind", "Tensors", "TestSupport"]),
        tests(
            "EngineTests",
            ["ModelTestSupport", "TurboMind", "Models", "Checkpoints", "Tensors", "TestSupport"]),
        tests(
            "LMDeployTests",
            [
                "LMDeploy", "ModelTestSupport", "Tokenization", "Checkpoints", "Tensors",
                "TestSupport",
            ]),
        tests(
            "ServingTests",
            [
                "Serving", "LMDeploy", "JSON", "TestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]),
        tests(
            "APIServerTests",
            [
                "APIServer", "Serving", "LMDeploy", "JSON", "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests(
            "CommandsTests",
            [
                "Commands", "APIServer", "Serving", "LMDeploy", "TurboMind", "Evaluation", "Hub", "KernelLab",
                "Checkpoints",
                "Tensors", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            "QuantizationTests",
            ["Quantization", "ModelTestSupport", "Models", "Checkpoints", "Tensors", "TestSupport"]),
        tests("TestSupportTests", ["TestSupport"]),
        tests("TidyTests", ["TestSupport"]),
    ]
)
