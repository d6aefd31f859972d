// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
]

// A package of its own, so that it sees what every user sees: the public API, across a module border.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "merganser", path: "..")],
  targets: [
    .target(name: "CAllocation"),
    .testTarget(
      name: "MerganserBenchmarks",
      dependencies: [.product(name: "MerganserTypes", package: "merganser"), "CAllocation"],
      swiftSettings: settings),
    .executableTarget(name: "Report", swiftSettings: settings),
  ]
)
