// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built with the same strictness; a warning is an error.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

/// What a debug build optimises: where a demo mesh and who reads it spend their time, and for `make test` all that meshes
/// are read and judged with. Optimising a module takes four times as long as only translating it, on one core of two.
let isForTests = Context.environment["MESHTOP_TESTS"] != nil
let optimised: Set = ["Base", "Kube", "DemoMesh"]
let optimisedForTests: Set = ["MeshModel", "Istio", "Insights", "ClusterData"]

/// The settings of a module that ships.
func shipped(_ module: String) -> [SwiftSetting] {
    guard optimised.contains(module) || isForTests && optimisedForTests.contains(module) else { return strict }
    return strict
        + [.unsafeFlags(["-O", "-whole-module-optimization", "-num-threads", "2"], .when(configuration: .debug))]
}

/// A Kubernetes client, the values of a mesh, and what Istio makes of its resources: what almost all others build on.
let reading: [Target.Dependency] = ["Base", "Kube", "MeshModel", "Istio"]

let package = Package(
    name: "meshtop",
    products: [.executable(name: "meshtop", targets: ["MeshTop"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // System libraries: a module map and a shim header each, nothing else.
        // CNcurses names no pkgConfig: ncursesw.pc carries flags that SwiftPM refuses with a warning.
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Each knows those before it alone.
        .target(name: "Base", dependencies: ["CYAML", "CLinux"], swiftSettings: shipped("Base")),
        .target(
            name: "Kube", dependencies: ["Base", "CCurl", "CLinux", .product(name: "Logging", package: "swift-log")],
            swiftSettings: shipped("Kube")),
        .target(name: "MeshModel", dependencies: ["Base", "Kube"], swiftSettings: shipped("MeshModel")),
        .target(name: "Istio", dependencies: ["Base", "Kube", "MeshModel"], swiftSettings: shipped("Istio")),
        .target(name: "Insights", swiftSettings: shipped("Insights")),
        .target(name: "ClusterData", dependencies: reading + ["Insights"], swiftSettings: shipped("ClusterData")),
        .target(
            name: "Actions", dependencies: reading + ["ClusterData", "Insights", "CLinux"],
            swiftSettings: shipped("Actions")),
        .target(
            name: "Views", dependencies: reading + ["ClusterData", "Insights", "Actions", "CNcurses", "CLinux"],
            swiftSettings: shipped("Views")),
        .target(
            name: "DemoMesh",
            dependencies: reading + [
                "Insights", "CLinux", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: shipped("DemoMesh")),
        .executableTarget(
            name: "MeshTop",
            dependencies: reading + [
                "Views", "Actions", "Insights", "DemoMesh", "ClusterData", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: shipped("MeshTop")),

        // What several test targets share: a demo mesh, other programs, a folder that is gone afterwards.
        .target(
            name: "TestSupport", dependencies: reading + ["ClusterData", "DemoMesh", "CLinux"],
            path: "Tests/TestSupport", exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(name: "BaseTests", dependencies: ["Base", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "KubeTests", dependencies: ["Base", "Kube", "DemoMesh", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "MeshModelTests", dependencies: ["Base", "MeshModel"], swiftSettings: strict),
        .testTarget(name: "IstioTests", dependencies: reading + ["DemoMesh", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ClusterDataTests", dependencies: reading + ["ClusterData", "DemoMesh", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "InsightsTests", dependencies: reading + ["Insights"], swiftSettings: strict),
        .testTarget(
            name: "ActionsTests", dependencies: reading + ["Actions", "ClusterData", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "ViewsTests", dependencies: reading + ["Views", "ClusterData", "Actions", "DemoMesh", "TestSupport"],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "DemoMeshTests", dependencies: reading + ["DemoMesh", "ClusterData", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: reading + [
                "MeshTop", "DemoMesh", "ClusterData", "Actions", "Views", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// A fuzzer has no main of its own, so it is part of the package only for `make fuzz`. For everybody else its readers are
// a test: they build, and what the fuzzer once found stays mended.
let readers = reading + ["Actions", "ClusterData", "Insights", "Views"]
if Context.environment["MESHTOP_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "FuzzDecoders", dependencies: readers, path: "Fuzz/Decoders", exclude: ["CorpusTests.swift"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
} else {
    package.targets.append(
        .testTarget(
            name: "FuzzTests", dependencies: readers + ["TestSupport"], path: "Fuzz/Decoders", swiftSettings: strict))
}
