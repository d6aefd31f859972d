@_exported public import MerganserDatabase
@_exported public import MerganserTypes
