/// What can go wrong in a simulation.
public enum SimulationFault: String, CaseIterable, Hashable, Sendable {
  /// Nothing gets through between two sides of the cluster.
  case partition
  /// Nothing gets through from one replica to another, and the other way everything.
  case oneWayPartition
  /// A connection loses bytes that were sent.
  case loss
  /// Bytes come twice.
  case repetition
  /// Bytes come before those that were sent before them.
  case reordering
  /// Bytes come changed.
  case damage
  /// Bytes come late, and a few at a time.
  case delay
  /// A connection ends in the middle of a sync, also of a state that is being handed over.
  case disconnection
  /// A process ends between two steps.
  case crash
  /// A process ends in the middle of a step, before or behind one of its writes to the disk.
  case crashInStep
  /// A store is copied, and the copy opened as a replica.
  case copy
  /// A store is replaced by an earlier backup of it.
  case restore
  /// A store is copied, and the copy opened as the replica that it was made of: nobody notices.
  case unnoticedCopy
  /// A store is replaced by an earlier backup of it, and goes on as if nothing had happened.
  case unnoticedRestore
  /// A clock runs ahead, or behind.
  case skew
  /// A clock jumps far ahead or back.
  case clockJump
  /// A write to the disk fails, and nothing of it is there.
  case failedWrite
  /// A write to the disk fails, and is there or not; the store takes nothing more until it is opened again.
  case doubtfulWrite
  /// A disk has no room, for a while.
  case fullDisk
  /// A block of a disk is damaged: what was written there can be read no more.
  case damagedBlock
  /// A replica joins when others have written for long.
  case lateJoin
  /// A replica stays away for longer than others keep what it lacks.
  case absence
  /// A replica is forgotten by another.
  case forgetting
  /// A replica's program is replaced by a newer or an older one.
  case otherProgram
}
