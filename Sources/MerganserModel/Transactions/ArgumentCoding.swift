import MerganserTypes

/// How the arguments of a declared transaction are written into a request, and read from one.
package struct ArgumentCoding<Arguments>: Sendable {
  package let encode: @Sendable (Arguments) -> [UInt8]
  package let decode: @Sendable ([UInt8]) throws -> Arguments

  /// The coding of some arguments; `nil` if the type of one of them is not `BinaryCodable`.
  package init?<each Argument>(
    of types: repeat (each Argument).Type
  ) where Arguments == (repeat each Argument) {
    for type in repeat each types {
      guard type is any BinaryCodable.Type else { return nil }
    }
    encode = { arguments in
      BinaryEncoder.standalone { encoder in
        for argument in repeat each arguments {
          (argument as? any BinaryCodable)?.encode(to: &encoder)
        }
      }
    }
    decode = { bytes in
      try BinaryDecoder.decodingStandalone(bytes) { decoder throws(BinaryDecodingError) in
        (repeat try decoder.decodeAny((each Argument).self))
      }
    }
  }
}

extension BinaryDecoder {
  /// Reads a value of a type that is `BinaryCodable`, which is not known where this is called.
  fileprivate mutating func decodeAny<Value>(
    _: Value.Type
  ) throws(BinaryDecodingError) -> Value {
    let start = offset
    guard let type = Value.self as? any BinaryCodable.Type,
      let value = try type.init(from: &self) as? Value
    else { throw .invalidValue(offset: start, expected: "\(Value.self)") }
    return value
  }
}
