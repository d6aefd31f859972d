// What a program declares, calls and catches. Of the engine it sees what replicas hand out, and no more: whoever works
// on the engine itself imports MerganserDatabase.
@_exported public import struct MerganserDatabase.BrokenRows
@_exported public import struct MerganserDatabase.DoubleExecution
@_exported public import protocol MerganserDatabase.KeyRange
@_exported public import struct MerganserDatabase.KnownPeers
@_exported public import struct MerganserDatabase.Snapshot
@_exported public import enum MerganserDatabase.SuccessionError
@_exported public import protocol MerganserDatabase.VersionSnapshot
@_exported public import MerganserModel
@_exported public import MerganserTypes
@_exported public import MerganserSync
