// swift-tools-version: 6.2

import PackageDescription

// What rules cost at commit, and how fast the search for broken ones goes. A package of its own, so that
// it sees what users see: the public API, across a module border.
let package = Package(
  name: "invariant-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "merganser", path: "../..")],
  targets: [
    .executableTarget(
      name: "InvariantBenchmark",
      dependencies: [
        .product(name: "Merganser", package: "merganser"),
        .product(name: "MerganserConfluence", package: "merganser"),
        .product(name: "MerganserDatabase", package: "merganser"),
        .product(name: "MerganserLog", package: "merganser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
