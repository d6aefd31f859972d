// RequestRecord as what a row holds.

extension RequestRecord: KnownValue {
  package static var words: ChangeWords { .value }
  package var readable: ReadableValue { .text(description) }
}
