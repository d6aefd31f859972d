import MerganserTypes

