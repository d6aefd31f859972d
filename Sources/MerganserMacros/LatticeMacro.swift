#if Macros
  import SwiftDiagnostics
  package import SwiftSyntax
  package import SwiftSyntaxMacros
  import SwiftSyntaxBuilder

  /// Makes a struct of lattices a lattice: everything is done property by property.
  package struct LatticeMacro: ExtensionMacro {
    package static func expansion(
      of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax,
      providingExtensionsOf type: some TypeSyntaxProtocol, conformingTo protocols: [TypeSyntax],
      in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
      guard let declaration = declaration.as(StructDeclSyntax.self) else {
        context.diagnose(Diagnostic(node: node, message: LatticeDiagnostic.notAStruct))
        return []
      }
      let (properties, faults) = LatticeProperty.all(of: declaration)
      for fault in faults { context.diagnose(fault) }
      if properties.isEmpty, faults.isEmpty {
        context.diagnose(Diagnostic(node: node, message: LatticeDiagnostic.noProperties))
      }
      guard faults.isEmpty, !properties.isEmpty else { return [] }
      let isPublic = declaration.modifiers.contains {
        [.keyword(.public), .keyword(.package)].contains($0.name.tokenKind)
      }
      let access = isPublic ? "public " : ""
      let names = properties.map(\.name)
      func lines(_ line: (String) -> String) -> String {
        names.map(line).joined(separator: "\n    ")
      }
      let source = """
        extension \(type.trimmedDescription): MerganserTypes.LatticeStore, MerganserTypes.Replicated, \
        MerganserTypes.BinaryCodable {
          private static var lattices: Void {
            \(properties.map { "MerganserTypes.LatticeProperties.propertyMustBeALattice(\($0.type).self)" }
              .joined(separator: "\n    "))
          }

          \(access)init() {
            \(lines { "self.\($0) = .init()" })
          }

          \(access)var isBottom: Bool {
            \(names.map { "\($0).isBottom" }.joined(separator: " && "))
          }

          @discardableResult
          \(access)mutating func merge(_ other: Self) -> Bool {
            var grew = false
            \(lines { "if self.\($0).merge(other.\($0)) { grew = true }" })
            return grew
          }

          \(access)func decomposed() -> [Self] {
            var parts: [Self] = []
            \(lines { """
            for part in self.\($0).decomposed() {
                  var whole = Self()
                  whole.\($0) = part
                  parts.append(whole)
                }
            """ })
            return parts
          }

          \(access)func delta(since known: Self) -> Self {
            var delta = Self()
            \(lines { "delta.\($0) = self.\($0).delta(since: known.\($0))" })
            return delta
          }

          @discardableResult
          \(access)mutating func repeatChange(
            from before: Self, to after: Self, by author: inout MerganserTypes.Author
          ) throws(MerganserTypes.LatticeError) -> Self {
            // Nothing is to have changed if a property refuses.
            var result = self
            var writer = author
            var delta = Self()
            \(lines {
              "delta.\($0) = try result.\($0).repeatChange("
                + "from: before.\($0), to: after.\($0), by: &writer)"
            })
            self = result
            author = writer
            return delta
          }

          \(access)func canBeWritten(
            by replica: MerganserTypes.ReplicaID, at time: MerganserTypes.HybridTime
          ) -> Bool {
            \(lines { "if !self.\($0).canBeWritten(by: replica, at: time) { return false }" })
            return true
          }

          \(access)static func unite(
            _ store: inout Self, with concurrent: Self, for access: MerganserTypes.RowAccess
          ) {
            \(lines { "MerganserTypes.LatticeProperties.unite(&store.\($0), with: concurrent.\($0), for: access)" })
          }

          \(access)static var layout: MerganserTypes.Layout {
            MerganserTypes.LatticeProperties.layout([
              \(properties.map { #"("\#($0.name)", \#($0.type).self)"# }.joined(separator: ",\n      "))
            ])
          }

          \(access)static var componentTypes: [any MerganserTypes.StoredType.Type] {
            [\(properties.map { "\($0.type).self" }.joined(separator: ", "))]
          }

          \(access)func encode(to encoder: inout MerganserTypes.BinaryEncoder) {
            \(lines { "self.\($0).encode(to: &encoder)" })
          }

          \(access)init(
            from decoder: inout MerganserTypes.BinaryDecoder
          ) throws(MerganserTypes.BinaryDecodingError) {
            \(lines { "self.\($0) = try .init(from: &decoder)" })
          }
        }
        """
      return [try ExtensionDeclSyntax("\(raw: source)")]
    }
  }
#endif
