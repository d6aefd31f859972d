import MerganserCLI

/// The command `merganser`; what it does is in a library, so that tests and fuzzers reach it.
@main
enum Main {
  static func main() { runMerganserCommand() }
}
