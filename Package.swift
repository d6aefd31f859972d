// swift-tools-version: 6.2

import CompilerPluginSupport
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What MerganserNetwork needs of other packages, which are there with the trait `Network` alone.
func network(_ products: [(name: String, package: String)]) -> [Target.Dependency] {
  products.map {
    .product(name: $0.name, package: $0.package, condition: .when(traits: ["Network"]))
  }
}

let package = Package(
  name: "merganser",
  platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
  products: [
    .library(name: "Merganser", targets: ["Merganser"]),
    .library(name: "MerganserTypes", targets: ["MerganserTypes"]),
    .library(name: "MerganserModel", targets: ["MerganserModel"]),
    .library(name: "MerganserDatabase", targets: ["MerganserDatabase"]),
    .library(name: "MerganserSync", targets: ["MerganserSync"]),
    .library(name: "MerganserLog", targets: ["MerganserLog"]),
    .library(name: "MerganserConfluence", targets: ["MerganserConfluence"]),
    .library(name: "MerganserSolver", targets: ["MerganserSolver"]),
    .library(name: "MerganserLaws", targets: ["MerganserLaws"]),
    .library(name: "MerganserAttack", targets: ["MerganserAttack"]),
    .library(name: "MerganserSimulation", targets: ["MerganserSimulation"]),
    .library(name: "MerganserMetrics", targets: ["MerganserMetrics"]),
    .library(name: "MerganserNetwork", targets: ["MerganserNetwork"]),
    .executable(name: "merganser", targets: ["MerganserMain"]),
  ],
  traits: [
    // The @Lattice macro: it needs swift-syntax, which those who do not use it need not build.
    .trait(name: "Macros", description: "The @Lattice macro, which needs swift-syntax"),
    // Metrics and logs of a replica: they need swift-metrics and swift-log.
    .trait(
      name: "Metrics", description: "MerganserMetrics, which needs swift-metrics and swift-log"),
    // Replicas on different machines: sockets, TLS, certificates.
    .trait(
      name: "Network", description: "MerganserNetwork, which needs swift-nio and swift-certificates"
    ),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/swiftlang/swift-syntax", "602.0.0"..<"604.0.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.29.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.10.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.3.0"),
    .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"6.0.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
  ],
  targets: [
    // The layers, the lowest first: a module imports only from modules above it in this list.
    .macro(
      name: "MerganserMacros",
      dependencies: [
        .product(
          name: "SwiftCompilerPlugin", package: "swift-syntax", condition: .when(traits: ["Macros"])
        ),
        .product(
          name: "SwiftSyntaxMacros", package: "swift-syntax", condition: .when(traits: ["Macros"])),
      ],
      swiftSettings: settings),
    .target(
      name: "MerganserTypes",
      dependencies: [
        .target(name: "MerganserMacros", condition: .when(traits: ["Macros"]))
      ],
      swiftSettings: settings),
    .systemLibrary(
      name: "CXXHash", pkgConfig: "libxxhash",
      providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
    // What a user declares and catches.
    .target(
      name: "MerganserModel",
      dependencies: ["MerganserTypes", "CXXHash"],
      swiftSettings: settings),
    .target(
      name: "MerganserDatabase",
      dependencies: ["MerganserTypes", "MerganserModel", "CXXHash"],
      swiftSettings: settings),
    .target(
      name: "MerganserConfluence",
      dependencies: ["MerganserTypes", "MerganserModel", "MerganserDatabase"],
      swiftSettings: settings),
    // Runs z3 as a process, for those who want proofs.
    .target(
      name: "MerganserSolver", dependencies: ["MerganserConfluence"], swiftSettings: settings),
    .target(
      name: "MerganserExamples",
      dependencies: [
        "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserConfluence",
      ],
      swiftSettings: settings),
    .target(
      name: "MerganserSync",
      dependencies: ["MerganserTypes", "MerganserModel", "MerganserDatabase", "CXXHash"],
      swiftSettings: settings),
    .systemLibrary(
      name: "CLMDB", pkgConfig: "lmdb",
      providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
    .target(
      name: "MerganserLog",
      dependencies: [
        "MerganserTypes", "MerganserModel", "MerganserDatabase", "CXXHash", "CLMDB",
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "Merganser",
      dependencies: [
        "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserSync",
        "MerganserLog",
      ],
      swiftSettings: settings),
    // A cluster from one seed.
    .target(
      name: "MerganserSimulation",
      dependencies: [
        "Merganser", "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserSync",
      ],
      swiftSettings: settings),
    .target(
      name: "MerganserMetrics",
      dependencies: [
        "Merganser",
        .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Metrics"])),
        .product(
          name: "CoreMetrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
      ],
      swiftSettings: settings),
    // Replicas on different machines.
    .target(
      name: "MerganserNetwork",
      dependencies: [
        "Merganser", "MerganserModel", "MerganserSync", "MerganserTypes",
      ]
        + network([
          ("Crypto", "swift-crypto"), ("Logging", "swift-log"), ("NIOCore", "swift-nio"),
          ("NIOHTTP1", "swift-nio"), ("NIOPosix", "swift-nio"), ("NIOSSL", "swift-nio-ssl"),
          ("NIOTLS", "swift-nio"), ("NIOWebSocket", "swift-nio"),
          ("ServiceLifecycle", "swift-service-lifecycle"),
          ("SwiftASN1", "swift-asn1"), ("X509", "swift-certificates"),
        ]),
      swiftSettings: settings),
    .target(name: "MerganserLaws", dependencies: ["MerganserTypes"], swiftSettings: settings),
    // Attacks plans on real replicas, in one line of a test.
    .target(
      name: "MerganserAttack",
      dependencies: ["Merganser", "MerganserModel", "MerganserDatabase", "MerganserLaws"],
      swiftSettings: settings),
    .target(
      name: "MerganserCLI",
      dependencies: [
        "Merganser", "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserConfluence",
        "MerganserSolver", "MerganserExamples", "MerganserLog", "MerganserNetwork",
        "MerganserSimulation", "MerganserSync",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ] + network([("Logging", "swift-log")]),
      swiftSettings: settings),
    .executableTarget(
      name: "MerganserMain", dependencies: ["MerganserCLI"], swiftSettings: settings),

    // What tests share, whatever they test: the random generator, temporary folders, counters.
    .target(name: "TestSupport", path: "Tests/Support/TestSupport", swiftSettings: settings),
    // The built command, run as a user runs it.
    .target(
      name: "CommandSupport", dependencies: ["TestSupport"], path: "Tests/Support/CommandSupport",
      swiftSettings: settings),
    // Members of a database that write, forge and read back versions.
    .target(
      name: "DatabaseSupport",
      dependencies: ["MerganserDatabase", "MerganserModel", "MerganserTypes", "TestSupport"],
      path: "Tests/Support/DatabaseSupport", swiftSettings: settings),
    // Programs made of a seed, and random walks over their states.
    .target(
      name: "RandomPrograms",
      dependencies: [
        "MerganserConfluence", "MerganserDatabase", "MerganserModel", "MerganserTypes",
        "TestSupport",
      ],
      path: "Tests/Support/RandomPrograms", swiftSettings: settings),
    // Orders that follow a script, a seed, or all roads, and what has to be missed where it is left out.
    .target(
      name: "OrderSupport", dependencies: ["MerganserModel", "MerganserTypes", "TestSupport"],
      path: "Tests/Support/OrderSupport", swiftSettings: settings),
    .testTarget(
      name: "MerganserTypesTests",
      dependencies: ["MerganserTypes", "MerganserLaws", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserModelTests",
      dependencies: ["MerganserModel", "MerganserTypes", "OrderSupport", "TestSupport"],
      swiftSettings: settings),
    // Small orders in all states, and orders from seeds; see `make order-runs`.
    .executableTarget(
      name: "OrderRuns", dependencies: ["MerganserModel", "OrderSupport"],
      path: "Tests/OrderRuns", swiftSettings: settings),
    .testTarget(
      name: "MerganserConfluenceTests",
      dependencies: [
        "MerganserConfluence", "MerganserSolver", "MerganserExamples", "MerganserDatabase",
        "MerganserModel", "MerganserTypes", "RandomPrograms", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserDatabaseTests",
      dependencies: [
        "MerganserDatabase", "MerganserModel", "MerganserTypes", "MerganserLaws", "TestSupport",
        "DatabaseSupport",
      ],
      swiftSettings: settings),
    // What the tests of the log start, kill and feed with damaged files.
    .target(name: "CFileFaults", path: "Tests/CFileFaults"),
    .executableTarget(
      name: "LogWorkload",
      dependencies: [
        "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserLog", "CFileFaults",
      ],
      path: "Tests/LogWorkload", swiftSettings: settings),
    // Import, sync, adoption and compaction on disks that fail, and in processes that are killed or fork.
    .executableTarget(
      name: "ReplicaWorkload", dependencies: ["Merganser", "MerganserLog", "CFileFaults"],
      path: "Tests/ReplicaWorkload", swiftSettings: settings),
    // Replicas that submit to an order, in processes that are killed.
    .executableTarget(
      name: "OrderWorkload", dependencies: ["Merganser", "MerganserModel", "MerganserSimulation"],
      path: "Tests/OrderWorkload", swiftSettings: settings),
    // What a simulation has to miss where it is left out.
    .target(
      name: "SimulationSupport", dependencies: ["MerganserSimulation", "MerganserModel"],
      path: "Tests/Support/SimulationSupport", swiftSettings: settings),
    // Random programs, whose plans are attacked on real replicas; see `make attack`.
    .executableTarget(
      name: "PlanAttack",
      dependencies: [
        "MerganserAttack", "MerganserConfluence", "MerganserModel", "RandomPrograms",
      ],
      path: "Tests/PlanAttack", swiftSettings: settings),
    // Clusters from seeds, one after the other; see `make simulate`.
    .executableTarget(
      name: "SimulationRuns",
      dependencies: ["MerganserSimulation", "MerganserModel", "SimulationSupport"],
      path: "Tests/SimulationRuns",
      swiftSettings: settings),
    // What is given bytes by libFuzzer, through an entry of its own, and by a test; see .ci/fuzz-bytes.
    .target(
      name: "ByteFuzzing",
      dependencies: [
        "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserSync",
        "MerganserCLI",
      ],
      path: "Tests/ByteFuzzing", exclude: ["Seeds"], swiftSettings: settings),
    .executableTarget(
      name: "ByteFuzzer", dependencies: ["ByteFuzzing"], path: "Tests/ByteFuzzer",
      swiftSettings: settings),
    .testTarget(
      name: "MerganserLawsTests", dependencies: ["MerganserTypes", "MerganserLaws"],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserLogTests",
      dependencies: [
        "MerganserTypes", "MerganserModel", "MerganserDatabase", "MerganserLog", "LogWorkload",
        "TestSupport",
      ],
      exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserTests",
      dependencies: [
        "Merganser", "MerganserAttack", "MerganserConfluence", "MerganserSync", "MerganserLog",
        "LogWorkload", "ReplicaWorkload", "ByteFuzzing", "RandomPrograms", "TestSupport",
      ],
      exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserSimulationTests",
      dependencies: [
        "MerganserSimulation", "Merganser", "MerganserConfluence", "MerganserModel",
        "MerganserTypes", "OrderWorkload", "SimulationSupport", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserCLITests",
      dependencies: [
        "Merganser", "MerganserModel", "MerganserDatabase", "MerganserConfluence",
        "MerganserSync", "MerganserLog", "MerganserCLI", "MerganserMain", "CommandSupport",
        "TestSupport",
      ],
      swiftSettings: settings),
    // The command over the network, in processes of its own.
    .testTarget(
      name: "MerganserServeTests",
      dependencies: [
        "Merganser", "MerganserDatabase", "MerganserLog", "MerganserNetwork", "MerganserCLI",
        "MerganserMain", "CommandSupport", "TestSupport",
      ] + network([("Logging", "swift-log")]),
      swiftSettings: settings),
    .testTarget(
      name: "MerganserMetricsTests",
      dependencies: [
        "MerganserMetrics", "TestSupport",
        .product(
          name: "InMemoryLogging", package: "swift-log", condition: .when(traits: ["Metrics"])),
        .product(
          name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "MerganserNetworkTests",
      dependencies: [
        "Merganser", "MerganserLog", "MerganserModel", "MerganserNetwork", "MerganserSync",
        "MerganserTypes", "TestSupport",
      ]
        + network([
          ("InMemoryLogging", "swift-log"), ("Logging", "swift-log"), ("NIOCore", "swift-nio"),
          ("NIOPosix", "swift-nio"), ("NIOSSL", "swift-nio-ssl"),
          ("ServiceLifecycle", "swift-service-lifecycle"), ("SwiftASN1", "swift-asn1"),
          ("X509", "swift-certificates"), ("Crypto", "swift-crypto"),
        ]),
      swiftSettings: settings),
    .testTarget(
      name: "MerganserMacrosTests",
      dependencies: [
        "MerganserTypes", "MerganserLaws",
        .target(name: "MerganserMacros", condition: .when(traits: ["Macros"])),
        .product(
          name: "SwiftSyntaxMacroExpansion", package: "swift-syntax",
          condition: .when(traits: ["Macros"])),
      ],
      swiftSettings: settings),
  ]
)

// Where test targets are named, they alone are built: what a trait changes is tested without building the others.
if let named = Context.environment["MERGANSER_TEST_TARGETS"]?.split(separator: " ").map(String.init)
{
  package.targets.removeAll { $0.type == .test && !named.contains($0.name) }
}
