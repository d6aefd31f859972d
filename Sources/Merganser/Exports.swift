@_exported public import MerganserDatabase
@_exported public import MerganserModel
@_exported public import MerganserTypes
@_exported public import MerganserSync
