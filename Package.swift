// swift-tools-version: 6.2
// The house, from the ground up: see CONTRIBUTING.md for what lives in each room. Imports go down only.
import PackageDescription

// A warning stops a CI run, and never a user whose compiler is newer than ours.
let isCI = ["1", "true"].contains(Context.environment["CI"])

let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("ExistentialAny"),
    ] + (isCI ? [.treatAllWarnings(as: .error)] : [])

let cSettings: [CSetting] = isCI ? [.treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra"])] : []

let cxxSettings: [CXXSetting] = isCI ? [.treatAllWarnings(as: .error), .unsafeFlags(["-Wall", "-Wextra"])] : []

let package = Package(
    name: "libsgc",
    products: [
        .library(name: "sgc", type: .dynamic, targets: ["SGCABI"]),
        // Installed as `sgc`; a package cannot have two products of one name.
        .executable(name: "sgc-command", targets: ["SGCCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // The C side: system libraries, and the vector loops.
        .systemLibrary(name: "CSGC", path: "include"),
        .systemLibrary(name: "COneDNN"),
        .systemLibrary(name: "COpenBLAS"),
        // A target and not a system library: libpng reports errors with longjmp, which must not cross Swift frames.
        .target(name: "CPNG", cSettings: cSettings, linkerSettings: [.linkedLibrary("png")]),
        .systemLibrary(name: "CTurboJPEG"),
        .target(
            name: "CKernels",
            cSettings: cSettings + [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math"])],
            linkerSettings: [.unsafeFlags(["-Xlinker", "-l:libgomp.so.1"]), .linkedLibrary("m")]
        ),

        // ONNX files, over libonnx and protobuf, whose C++ exceptions must not cross Swift frames.
        .target(
            name: "COnnx", cxxSettings: cxxSettings,
            linkerSettings: [.linkedLibrary("onnx"), .linkedLibrary("onnx_proto"), .linkedLibrary("protobuf")]),

        // What Swift cannot say about the host's process.
        .target(name: "CHost", cSettings: cSettings),

        // The ground: what needs no tensor, then the tensor engine.
        .target(name: "SGCBase", dependencies: ["CHost"], swiftSettings: swiftSettings),
        .target(
            name: "SGCTensor", dependencies: ["SGCBase", "CKernels", "COneDNN"],
            swiftSettings: swiftSettings),

        // LAPACK, apart from the engine: OpenBLAS starts threads when it is loaded, which no host of libsgc.so asked for.
        .target(
            name: "SGCLinearAlgebra", dependencies: ["SGCBase", "COpenBLAS"], swiftSettings: swiftSettings),

        // Parts, models, and the façade.
        .target(name: "SGCNN", dependencies: ["SGCBase", "SGCTensor"], swiftSettings: swiftSettings),
        .target(name: "SGCONNX", dependencies: ["SGCBase", "SGCTensor", "COnnx"], swiftSettings: swiftSettings),
        .target(
            name: "SGCTokenizer", dependencies: ["SGCBase", "SGCTensor", "SGCNN", "SGCONNX"],
            swiftSettings: swiftSettings),
        .target(
            name: "SGCABI", dependencies: ["SGCBase", "SGCTensor", "SGCONNX", "SGCTokenizer", "CSGC", "CHost"],
            exclude: ["sgc.map"], swiftSettings: swiftSettings),

        // Beside the library: image files and built-in scenes, and the command.
        .target(name: "SGCData", dependencies: ["SGCBase", "CPNG", "CTurboJPEG"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "SGCCommand",
            dependencies: [
                "SGCBase", "SGCLinearAlgebra", "SGCTensor", "SGCNN", "SGCONNX", "SGCTokenizer", "SGCData",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // What test targets share; knows no test framework.
        .target(
            name: "SGCTestSupport", dependencies: ["SGCBase"], path: "Tests/SGCTestSupport",
            swiftSettings: swiftSettings),
        .testTarget(name: "SGCBaseTests", dependencies: ["SGCBase"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SGCTensorTests", dependencies: ["SGCBase", "SGCTensor", "SGCTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SGCONNXTests", dependencies: ["SGCBase", "SGCTensor", "SGCONNX", "SGCTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SGCTokenizerTests",
            dependencies: ["SGCBase", "SGCTensor", "SGCNN", "SGCONNX", "SGCTokenizer", "SGCData", "SGCTestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SGCLinearAlgebraTests", dependencies: ["SGCBase", "SGCLinearAlgebra"], swiftSettings: swiftSettings),
        .testTarget(name: "SGCDataTests", dependencies: ["SGCBase", "SGCData"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SGCCommandTests",
            dependencies: ["SGCBase", "SGCTensor", "SGCNN", "SGCTokenizer", "SGCData", "SGCCommand"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SGCABITests", dependencies: ["SGCABI", "SGCBase", "CSGC", "CHost"], swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)
