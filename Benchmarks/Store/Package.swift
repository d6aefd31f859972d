// swift-tools-version: 6.2

import PackageDescription

// The store beside the same work in C on the same LMDB. A package of its own, so that it sees what
// users see: the public API, across a module border.
let package = Package(
  name: "store-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "merganser", path: "../..")],
  targets: [
    .target(
      name: "CStoreBaseline",
      linkerSettings: [
        .linkedLibrary("lmdb"), .linkedLibrary("xxhash"), .linkedLibrary("sqlite3"),
      ]),
    .executableTarget(
      name: "StoreBenchmark",
      dependencies: [
        .product(name: "Merganser", package: "merganser"),
        .product(name: "MerganserDatabase", package: "merganser"),
        .product(name: "MerganserLog", package: "merganser"), "CStoreBaseline",
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .executableTarget(
      name: "LargeStore",
      dependencies: [
        .product(name: "Merganser", package: "merganser"),
        .product(name: "MerganserDatabase", package: "merganser"),
        .product(name: "MerganserLog", package: "merganser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
