public import MerganserTypes

