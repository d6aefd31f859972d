import CommandSupport
import Foundation
import TestSupport
import Testing

/// What a ledger's file may look like, and what is refused with its line and field.
@Suite struct LedgerTests {
  private static let header = "trans_id;account_id;type;amount"

  /// Replays a ledger and returns the balances of its first branch, as `merganser show` prints them.
  private func balances(_ ledger: Data, in folder: TemporaryFolder) throws -> String {
    try ledger.write(to: URL(fileURLWithPath: "\(folder.path)/l.csv"))
    let replayed = try Command.run("replay", "l.csv", "--store", "s", in: folder)
    #expect(replayed.status == 0, "\(replayed.errors)")
    return try Command.run("show", "s/branch-1", "accounts", in: folder).output
  }

  /// Each is the same ledger: 7 gets 3.00 and 1.00, 9 gets 2.50.
  @Test(arguments: [
    "\(header)\n1;7;PRIJEM;3.00\n2;7;PRIJEM;1.00\n3;9;PRIJEM;2.50\n",
    "\(header)\r\n1;7;PRIJEM;3.00\r\n2;7;PRIJEM;1.00\r\n3;9;PRIJEM;2.50",
    "\(header)\r1;7;PRIJEM;3.00\r2;7;PRIJEM;1.00\r3;9;PRIJEM;2.50\r",
    "\u{FEFF}\n\n\(header)\r\n\r1;7;PRIJEM;3.00\n\r\n2;7;PRIJEM;1.00\r3;9;PRIJEM;2.50\n\n",
    "trans_id,account_id,type,amount\n1,7,PRIJEM,3.00\n2,7,PRIJEM,1.00\n3,9,PRIJEM,2.50\n",
    "\"a;b\",trans_id,account_id,type,amount\n,1,7,PRIJEM,3.00\n,2,7,PRIJEM,1.00\n,3,9,PRIJEM,2.50",
    "note;note;\(header)\n;\"a;\"\"\r\n\nb\";1;7;PRIJEM;3.00\n"
      + "\t;\"\";\"2\";\"7\";\"PRIJEM\";\"1.00\"\n\"\r\";ü;3;9;PRIJEM;2.50",
    "\"note\n;\";\(header)\nx;1;7;PRIJEM;3.00\nx;2;7;PRIJEM;1.00\nx;3;9;PRIJEM;2.50".replacing(
      "\"note\n;\"", with: "\"note,;\""),
  ])
  func everythingThatTheStandardAllowsIsRead(text: String) throws {
    #expect(try balances(Data(text.utf8), in: TemporaryFolder()) == "7 400\n9 250\n")
  }

  @Test(arguments: [
    ("\(header)\n0010;2;PRIJEM;1.00\n", "l.csv:2: trans_id \"0010\", which has leading zeros"),
    (
      "\(header)\n1;10;PRIJEM;1.00\n2;0010;PRIJEM;1.00\n", "l.csv:3: account_id \"0010\", which has"
    ),
    ("\(header)\n+1;7;PRIJEM;1.00\n", "l.csv:2: trans_id \"+1\", which is no whole number"),
    ("\(header)\n1;7;PRIJEM;3.0\n", "l.csv:2: amount \"3.0\", which is no amount"),
    ("\(header)\n1;7;PRIJEM;3.00;\n", "l.csv:2: 5 fields, where the header names 4"),
    ("\(header)\n1;7;PRIJEM;3.00\n1;8;PRIJEM;3.00\n", "l.csv:3: transaction 1 stands on line 2"),
    ("\(header)\n1;00;PRIJEM;1.00\n", "write 0, if"), ("\(header)\n1;;PRIJEM;1.00\n", "no whole"),
    ("\(header)\n1;18446744073709551616;PRIJEM;1.00\n", "is more than 18446744073709551615"),
    (
      "\(header);amount\n1;7;PRIJEM;3.00;4.00\n",
      "l.csv:1: the header names the column amount twice"
    ),
    ("\(header)\n1;7;PRI\"JEM;3.00\n", "l.csv:2: field 3: a quote stands in it"),
    ("\(header)\n1;7;\"PRIJEM\"x;3.00\n", "l.csv:2: field 3: something stands behind its closing"),
    ("x;\(header)\n\"a\n\nb\";1;7;PRIJEM;3.00\n\"c\nd;2\n", "l.csv:5: field 1: a quote is opened"),
    ("x;\(header)\n\"a\n\nb\";1;7;PRIJEM;3.00\n;2;7;GELD;1.00\n", "l.csv:5: type \"GELD\""),
    (
      "\(header)\n1;7;PRIJEM\u{1B}[31m;3.00\n",
      "l.csv:2: field 3: it has the control character \\u{1B}"
    ),
    (
      "\(header)\n1;7;PRIJEM;3.00\u{7F}\n",
      "l.csv:2: field 4: it has the control character \\u{7F}"
    ),
    ("\(header)\r\n\r\n1;7;PRIJEM;3.00\r\n2;7;GELD;1.00\r\n", "l.csv:4: type \"GELD\""),
    ("\(header)\n1;7;PRIJEM;3.0\0\n", "l.csv:2: field 4: it has the control character \\0"),
    ("\(header);x\u{2028}1;7;PRIJEM;3.00;x", "l.csv:1: field 5: a line ends in it"),
    (
      "\(header)\n1;7;PRIJEM;92233720368547758.07\n2;7;PRIJEM;0.01\n",
      "l.csv:3: account 7, amount 0.01: with those above it is more than 64 bits of cents hold"
    ),
    (
      "\(header)\n1;7;VYDAJ;92233720368547758.07\n2;7;VYBER;1.01\n",
      "l.csv:3: account 7, amount -1.01: with those above"
    ),
  ])
  func theRestIsRefusedWithItsLineAndField(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/l.csv"))
    let outcome = try Command.run("replay", "l.csv", "--store", "s", in: folder)
    #expect(outcome.isOneLineFailure && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/s"))
  }

  @Test func whatIsNoTextIsRefused() throws {
    let folder = try TemporaryFolder()
    for (bytes, message) in [
      (
        Data("\(Self.header)\n1;7;PRIJEM;3.0".utf8) + [0xFF, 0x0A],
        "l.csv:2: field 4: it is not UTF-8"
      ),
      (
        Data([0xFF, 0xFE]) + Data(Self.header.flatMap { Data($0.utf8) + [0] }), "l.csv:1: field 1: "
      ),
    ] {
      try bytes.write(to: URL(fileURLWithPath: "\(folder.path)/l.csv"))
      let outcome = try Command.run("replay", "l.csv", "--store", "s", in: folder)
      #expect(outcome.isOneLineFailure && outcome.errors.contains(message), "\(outcome.errors)")
    }
  }

  /// Two ledgers, each within what a counter holds; an account of both is not.
  @Test func aCounterThatIsFullNamesLineAccountAndAmount() throws {
    let folder = try TemporaryFolder()
    let amount = "92233720368547758.07"
    #expect(
      try balances(Data("\(Self.header)\n1;7;PRIJEM;\(amount)\n".utf8), in: folder)
        == "7 9223372036854775807\n")
    try "\(Self.header)\n2;7;PRIJEM;0.01\n3;7;PRIJEM;\(amount)\n4;7;PRIJEM;0.01".replacing(
      "3;7;PRIJEM;\(amount)\n", with: ""
    ).write(
      toFile: "\(folder.path)/more", atomically: true, encoding: .utf8)
    let more = try Command.run(
      "replay", "more", "--store", "s", in: folder)
    #expect(more.isOneLineFailure, "\(more)")
    #expect(more.errors.contains("account 7"), "\(more.errors)")
  }

  /// More than is read at once.
  @Test(arguments: [true, false])
  func aLargeLedgerIsReadToItsEnd(isFile: Bool) throws {
    let folder = try TemporaryFolder()
    let note = String(repeating: "note ", count: 80_000)
    let rows = (1...3).map { "\($0);7;PRIJEM;1.00;\(note)\n" }.joined()
    let replayed = try Command.start(
      ["replay", "-", "--store", "s"], in: folder, input: "\(Self.header);note\n\(rows)",
      isFile: isFile
    ).finish()
    #expect(
      replayed.status == 0 && replayed.output.contains("accepted                3\n"),
      "\(replayed)")
  }

  @Test(arguments: [true, false], ["-", "/dev/stdin"])
  func standardInputIsRead(isFile: Bool, name: String) throws {
    let folder = try TemporaryFolder()
    func replay(_ text: String) throws -> Command.Outcome {
      try Command.start(
        ["replay", name, "--store", "s"], in: folder, input: text, isFile: isFile
      ).finish()
    }
    let replayed = try replay("\(Self.header)\n1;7;PRIJEM;3.00\n")
    #expect(replayed.status == 0 && replayed.output.contains("accepted                1\n"))
    let damaged = try replay("\(Self.header)\n1;7;PRIJEM\n")
    // A bundle is read twice.
    try TestStore.bank(at: "\(folder.path)/bank")
    let imported = try Command.start(
      ["import", "bank", name], in: folder, input: "a bundle", isFile: isFile
    ).finish()
    #expect(imported.isOneLineFailure && !imported.errors.contains("system"), "\(imported)")
    let called = name == "-" ? "standard input:2: 3 fields" : "/dev/stdin:2: 3 fields"
    #expect(damaged.isOneLineFailure && damaged.errors.contains(called), "\(damaged.errors)")
  }
}
