#if Macros
  import MerganserMacros
  import SwiftDiagnostics
  import SwiftParser
  import SwiftSyntax
  import SwiftSyntaxMacroExpansion
  import Testing

  /// What `@Lattice` says to those who attach it to something that is no lattice, and where.
  @Suite struct DiagnosticTests {
    @Test func aPropertyThatIsNoLatticeIsNamedWithWhatToUse() {
      let found = diagnostics(
        """
        @Lattice struct S {
          var count: Int
          var tags: GSet<String>
          var names: Set<String>
        }
        """)
      #expect(found.count == 2)
      #expect(found.first?.line == 2)
      #expect(
        found.first?.message.contains("'count' is of type 'Int', which is no lattice") == true)
      #expect(found.first?.message.contains("PNCounter") == true)
      #expect(found.last?.line == 4)
      #expect(found.last?.message.contains("ORSet") == true)
    }

    @Test func everyOtherFaultIsNamedToo() {
      #expect(messages("@Lattice class C { var a: GCounter }") == [.notAStruct])
      #expect(messages("@Lattice struct S { static var a = 1 }") == [.noProperties])
      #expect(messages("@Lattice struct S { let a: GCounter }") == [.constant("a")])
      #expect(messages("@Lattice struct S { var a: GSet<Int> = [1] }") == [.initialValue("a")])
      #expect(
        messages("@Lattice struct S { var a = GCounter() }") == [.initialValue("a"), .noType("a")])
    }

    @Test func aSoundStructGivesNone() {
      #expect(diagnostics("@Lattice struct S { var a, b: GCounter; var c: Int { 1 } }").isEmpty)
    }

    private struct Found: Equatable {
      var line: Int
      var message: String
    }

    private func messages(_ source: String) -> [LatticeDiagnostic] {
      expand(source).1.compactMap { $0.diagMessage as? LatticeDiagnostic }
    }

    private func diagnostics(_ source: String) -> [Found] {
      let (context, found) = expand(source)
      return found.map {
        let line = context.location(of: $0.node, at: .afterLeadingTrivia, filePathMode: .filePath)
        return Found(
          line: line.flatMap { Int($0.line.description) } ?? 0, message: $0.message)
      }
    }

    private func expand(_ source: String) -> (BasicMacroExpansionContext, [Diagnostic]) {
      let file = Parser.parse(source: source)
      let context = BasicMacroExpansionContext(
        sourceFiles: [file: .init(moduleName: "Test", fullFilePath: "Test.swift")])
      _ = file.expand(macros: ["Lattice": LatticeMacro.self]) {
        BasicMacroExpansionContext(sharingWith: context, lexicalContext: [$0])
      }
      return (context, context.diagnostics)
    }
  }
#endif
