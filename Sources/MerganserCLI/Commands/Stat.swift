import ArgumentParser

/// `merganser stat`.
struct Stat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what a store takes and how far it has come.",
    discussion: """
      Whose store it is and how it was left; its tables with their numbers of rows; for every \
      replica the last of its writes that is here (last), the last that the log no longer has \
      (truncated), and the last that is in the stored rows (applied); for every \
      replica that it has met when that was, how many writes it is not known to hold (behind), and whether \
      the log has them, or it is handed rows (gets); what the file is used for, and what a checkpoint has \
      not stored yet. The store may be in use meanwhile.
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let status = try StoreStatus(StoredDatabase(at: store))
    if json {
      try JSONOutput.print(status)
    } else {
      status.print(path: store)
    }
  }
}
