import MerganserModel

extension MissingOrderRule {
  /// All that is left out, one after the other.
  ///
  /// Where neither states nor a seed are given, a schedule of the tests shows what goes wrong.
  package static let all = [
    Self("promises that rise", without: .promisesRise),
    Self("promises that bind", without: .promisesBind, states: 27_440, seed: 682),
    Self("one proposal of an epoch for a number", without: .oneProposal, states: 1028, seed: 1),
    Self("majorities", without: .majorities, states: 99, seed: 1),
    Self("votes of one epoch", without: .votesOfOneEpoch),
    Self(
      "taking the greatest that was accepted", without: .takesGreatest, states: 27_048, seed: 160),
    Self("the voters before the entry", without: .votersBefore, states: 19_615, seed: 342),
    Self("epochs that rise", without: .epochsRise, seed: 450),
    Self("applying only what is chosen", without: .chosenOnly, states: 5709, seed: 318),
    Self("keeping one's own vote", without: .keepsVote, seed: 440),
    Self("rows that are durable", host: .durable, states: 105_621, seed: 126),
    Self(
      "a new identity for a store that was restored", host: .newIdentity, states: 105_621, seed: 45),
    Self("what a row's writer had applied", host: .causal),
  ]
}
