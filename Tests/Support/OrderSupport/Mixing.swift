/// A hash of several numbers, in their order: the same in every process.
package func mixed(_ values: UInt64...) -> UInt64 {
  values.reduce(0x1234_5678) { mixed(bits: $0 &+ 0x9E37_79B9_7F4A_7C15 ^ mixed(bits: $1)) }
}

/// A number of which every bit depends on all bits of the given one, and no other number gives the same (the last step of SplitMix64).
func mixed(bits value: UInt64) -> UInt64 {
  var bits = value
  bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
  bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
  return bits ^ (bits >> 31)
}
