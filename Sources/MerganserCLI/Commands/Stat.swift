import ArgumentParser

/// `merganser stat`.
struct Stat: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat",
    abstract: "Print how far a store has come and what it takes on disk.",
    discussion: """
      It prints, from the top: whose store it is, and whether a program has it open; its tables with \
      their numbers of rows; for every origin the last of its writes that is here (last), the last that \
      the log no longer has (truncated) and the last that is in the stored rows (applied); for every \
      replica that it has synced with how many writes that one is not known to hold (behind), whether \
      it would get them from the log or as rows (gets), and when it last came (met); what the \
      file is used for (spine: the numbers and hashes of truncated versions); how many dependencies of \
      versions were taken although no hash verified them; and what a checkpoint has not stored yet. The \
      store may be in use.

      Example:
        merganser stat bank/branch-1 --json
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
