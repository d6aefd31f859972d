// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

// Apart from the library's own package, so that it sees what every user sees: the public API, across
// a module border.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "merganser", path: "..")],
  targets: [
    .executableTarget(
      name: "Probe", dependencies: [.product(name: "MerganserTypes", package: "merganser")],
      swiftSettings: settings)
  ]
)
