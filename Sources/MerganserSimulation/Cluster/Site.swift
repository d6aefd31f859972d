import Merganser
import MerganserDatabase
import MerganserTypes

/// A replica's place in a cluster: its disk, its clock, and the process that runs there, if one does.
final class Site {
  let number: Int
  /// Its disk: another one, once its store has left a branch of a fork.
  var disk: SimulatedDisk
  let clock: SimulatedClock
  /// The process; `nil` while none runs.
  var replica: SteppedReplica?
  /// Which of the simulation's programs runs, or ran last.
  var program: Int
  /// The last copy of its store.
  var backup: SimulatedDisk.Image?
  /// What was seen of its states.
  var watch = Watch()
  /// Whether its writer may have something to do.
  var isBusy = false
  /// How many transactions wait for an answer.
  var unanswered = 0

  init(_ number: Int, disk: SimulatedDisk, clock: SimulatedClock, program: Int) {
    self.number = number
    self.disk = disk
    self.clock = clock
    self.program = program
  }
}
