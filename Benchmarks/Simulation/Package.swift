// swift-tools-version: 6.2

import PackageDescription

// How fast clusters are simulated. A package of its own, so that it sees what users see: the public API, across a module
// border.
let package = Package(
  name: "simulation-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "merganser", path: "../..")],
  targets: [
    .executableTarget(
      name: "SimulationBenchmark",
      dependencies: [
        .product(name: "Merganser", package: "merganser"),
        .product(name: "MerganserSimulation", package: "merganser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
