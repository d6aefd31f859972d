/// The schemas of the literature, each with the transactions that it is discussed with.
public enum Examples {}
