// swift-tools-version: 6.2
import PackageDescription

// The readers of the package above, instrumented for libFuzzer and AddressSanitizer. Sources are links to its
// folders, because `package` declarations cannot be seen from another package.

let instrumentation: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]

#if os(Linux)
    // The default linker there fails on the instrumented objects.
    let linking: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
#else
    let linking: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address"])]
#endif

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: instrumentation)
}

let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v15)],
    targets: [
        .target(
            name: "CKernels", exclude: ["README.md"],
            cSettings: [
                .headerSearchPath("."), .define("_GNU_SOURCE"),
                .unsafeFlags(["-fsanitize=fuzzer-no-link,address"]),
            ],
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        // Its mapped files are exactly sized memory, so that reading past their end is seen.
        library("Tensors", ["CKernels"]),
        library("JSON", []),
        library("Checkpoints", ["JSON", "Tensors"]),
        library("Tokenization", ["JSON"]),
        library("ChatTemplates", ["JSON"]),
        library("Builders", []),
        library("Readers", ["Checkpoints", "Tensors", "Tokenization", "ChatTemplates", "Builders"]),
        .executableTarget(
            name: "Fuzz", dependencies: ["Readers"], swiftSettings: instrumentation,
            linkerSettings: linking),
    ]
)
