/// What must hold for a type whose values replicate.
///
/// Each law can be broken on its own: the tests of this library keep, for each, a type that breaks it
/// and no other.
public enum Law: String, CaseIterable, Hashable, Sendable {
  /// (*a* ⊔ *b*) ⊔ *c* = *a* ⊔ (*b* ⊔ *c*).
  case mergeIsAssociative = "merge is associative"
  /// *a* ⊔ *b* = *b* ⊔ *a*.
  case mergeIsCommutative = "merge is commutative"
  /// *a* ⊔ *a* = *a*.
  case mergeIsIdempotent = "merge is idempotent"
  /// Merge returns whether the value changed.
  case growthIsTruthful = "merge reports growth truthfully"
  /// *a* is covered by *b* if and only if *a* ⊔ *b* = *b*.
  case orderFollowsMerge = "the order follows merge"
  /// ⊥ ⊔ *a* = *a*.
  case bottomIsIdentity = "bottom is the identity of merge"
  /// `isBottom` is true of bottom and of nothing else.
  case bottomIsRecognized = "isBottom tells bottom from everything else"
  /// A value is covered by what an update makes of it.
  case updatesInflate = "an update grows the value"
  /// An update that throws leaves the value as it was.
  case refusalChangesNothing = "a refused update changes nothing"
  /// Merging an update's delta into the value before gives the value after.
  case deltaMergeIsFullMerge = "merging the delta gives what the update gave"
  /// An update's delta, and `delta(since:)`, carry all that is lacking, and no part that is known.
  case deltaIsMinimal = "a delta is the least that is lacking"
  /// The join of a value's parts is the value.
  case decompositionRejoins = "the parts rejoin to the value"
  /// A part has no parts but itself, and none is covered by the others.
  case partsAreIrreducible = "the parts are irreducible"
  /// Bottom has no parts, and everything else has some.
  case onlyBottomHasNoParts = "only bottom has no parts"
  /// Whoever made a delta can have written it; and of a type without dots, where another replica's would differ, that one,
  /// earlier, cannot.
  case deltaNamesItsWriter =
    "a delta can be written by its writer alone, where it names who wrote or when"
  /// Decoding what was encoded gives an equal value.
  case codingRoundTrips = "decoding gives back what was encoded"
  /// Equal values have equal bytes.
  case codingIsCanonical = "equal values have equal bytes"
  /// Bytes that are no encoding give an error, or a value that is as good as any other.
  case decodingIsTotal = "decoding damaged bytes gives an error or a sound value"
  /// Bytes that an earlier version of the type wrote still give the same value.
  case oldEncodingsDecode = "old encodings still decode"
  /// Equal values show the same, and stay equal when they merge with equal ones.
  case equalityIsObservation = "equal values cannot be told apart"
  /// The value is the function of the updates seen that its specification names.
  case valueMeetsSpecification = "the value is what its specification says"
}
