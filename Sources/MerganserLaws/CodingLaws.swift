public import MerganserTypes

/// The laws of ``/MerganserTypes/BinaryCodable``.
func codingLaws<State: BoundedJoinSemilattice & BinaryCodable>(
  of type: State.Type
) -> [LawCheck<State>] {
  [
    LawCheck(law: .codingRoundTrips) { trace, random in
      trace.first(using: &random) { a in
        let bytes = a.binaryEncoded()
        switch decoding(State.self, from: bytes) {
        case .success(let b) where a == b: return nil
        case .success(let b): return evidence(("a", a), ("bytes", hex(bytes)), ("decoded", b))
        case .failure(let error): return evidence(("a", a), ("bytes", hex(bytes)), ("error", error))
        }
      }
    },
    LawCheck(law: .codingIsCanonical) { trace, random in
      trace.firstPair(using: &random) { a, b in
        for (x, y) in [(a, b), (a.merging(b), b.merging(a))]
        where x == y && x.binaryEncoded() != y.binaryEncoded() {
          return evidence(
            ("a", x), ("b, equal to a", y), ("bytes of a", hex(x.binaryEncoded())),
            ("bytes of b", hex(y.binaryEncoded())))
        }
        return nil
      }
    },
    LawCheck(law: .decodingIsTotal) { trace, random in
      var damage = random
      return trace.first(using: &random) { a in
        for _ in 0..<10 {
          let bytes = damaged(a.binaryEncoded(), using: &damage)
          guard case .success(let value) = decoding(State.self, from: bytes) else { continue }
          guard case .success(let again) = decoding(State.self, from: value.binaryEncoded()),
            again == value
          else {
            return evidence(("damaged bytes", hex(bytes)), ("decoded", value))
          }
          // What a peer sends is merged next, which must not trap.
          _ = a.merging(value)
        }
        return nil
      }
    },
  ]
}

/// Checks that `bytes`, in hexadecimal, which some version of the type wrote, are decoded to `value`.
///
/// Keep one such line for each format that was ever released.
///
/// - Throws: ``LawViolation`` of ``Law/oldEncodingsDecode``.
public func checkEncoding<State: BinaryCodable & Equatable>(
  _ bytes: String, decodesTo value: State, file: String = #fileID, line: UInt = #line
) throws(LawViolation) {
  let result = unhex(bytes).map { decoding(State.self, from: $0) }
  if case .success(let decoded)? = result, decoded == value { return }
  let found =
    switch result {
    case .success(let decoded)?: shown(decoded)
    case .failure(let error)?: shown(error)
    case nil: "not hexadecimal"
    }
  throw LawViolation(
    law: .oldEncodingsDecode, subject: "\(State.self)", file: file, line: line, seed: 0,
    history: ["decode \(bytes)"],
    evidence: evidence(("expected", value), ("found", found), ("now", hex(value.binaryEncoded()))))
}

private func decoding<Value: BinaryCodable>(
  _ type: Value.Type, from bytes: [UInt8]
) -> Result<Value, BinaryDecodingError> {
  Result { () throws(BinaryDecodingError) in try Value(binaryEncoded: bytes) }
}

private func damaged(_ bytes: [UInt8], using random: inout Randomness) -> [UInt8] {
  var bytes = bytes
  for _ in 0...random.pick(0...2) {
    let place = random.pick(0...max(0, bytes.count - 1))
    switch random.pick(0...3) {
    case 0 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 1 where !bytes.isEmpty: bytes[place] ^= 1 << random.pick(0...7)
    case 2: bytes.removeLast(bytes.count - place)
    default: bytes.insert(random.flip() ? 0xFF : 0x01, at: place)
    }
  }
  return bytes
}

private func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func unhex(_ text: String) -> [UInt8]? {
  let digits = text.compactMap(\.hexDigitValue)
  guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
