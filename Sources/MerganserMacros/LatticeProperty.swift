#if Macros
  import SwiftDiagnostics
  import SwiftSyntax

  /// A stored property of a struct that is to be a lattice.
  struct LatticeProperty {
    let name: String
    let type: TypeSyntax

    /// The stored properties of `declaration`, and what is wrong with them.
    static func all(
      of declaration: StructDeclSyntax
    ) -> (properties: [LatticeProperty], faults: [Diagnostic]) {
      var properties: [LatticeProperty] = []
      var faults: [Diagnostic] = []
      for member in declaration.memberBlock.members {
        guard let variable = member.decl.as(VariableDeclSyntax.self), !variable.isStatic else {
          continue
        }
        for binding in variable.bindings where binding.isStored {
          let name = binding.pattern.trimmedDescription
          func report(_ fault: LatticeDiagnostic, at node: some SyntaxProtocol) {
            faults.append(Diagnostic(node: node, message: fault))
          }
          if variable.bindingSpecifier.tokenKind == .keyword(.let) {
            report(.constant(name), at: variable.bindingSpecifier)
          }
          if let initializer = binding.initializer { report(.initialValue(name), at: initializer) }
          // `var a, b: T` annotates the last name for all before it.
          let bindings = Array(variable.bindings)
          let place = bindings.firstIndex { $0.id == binding.id } ?? 0
          guard let type = bindings[place...].lazy.compactMap(\.typeAnnotation?.type).first else {
            report(.noType(name), at: binding.pattern)
            continue
          }
          if let instead = alternative(to: type) {
            report(
              .notALattice(property: name, type: type.trimmedDescription, instead: instead),
              at: type)
          }
          properties.append(LatticeProperty(name: name, type: type.trimmed))
        }
      }
      return (properties, faults)
    }

    /// What to use in place of a type of the standard library that is no lattice.
    ///
    /// Types that are not known here are checked by the compiler, which names the missing conformance.
    private static func alternative(to type: TypeSyntax) -> String? {
      if type.is(ArrayTypeSyntax.self) {
        return "'LWWRegister' or 'MVRegister' for the whole array"
      }
      if type.is(DictionaryTypeSyntax.self) { return "'GMap' or 'ORMap'" }
      guard let name = type.as(IdentifierTypeSyntax.self) else { return nil }
      switch name.name.text {
      case "Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "UInt16", "UInt32", "UInt64":
        return
          "'PNCounter' to count, 'Max' or 'Min' for an extreme, 'LWWRegister' for the last value"
      case "String", "Substring", "Character", "Double", "Float", "UUID", "Date", "Data", "URL":
        return "'LWWRegister' for the last value, 'MVRegister' for all concurrent ones"
      case "Bool": return "'EnableWinsFlag' or 'DisableWinsFlag' in a map, 'LWWRegister' otherwise"
      case "Array": return "'LWWRegister' or 'MVRegister' for the whole array"
      case "Set": return "'GSet' or 'ORSet'"
      case "Dictionary": return "'GMap' or 'ORMap'"
      default: return nil
      }
    }
  }

  extension VariableDeclSyntax {
    fileprivate var isStatic: Bool {
      modifiers.contains {
        $0.name.tokenKind == .keyword(.static) || $0.name.tokenKind == .keyword(.class)
      }
    }
  }

  extension PatternBindingSyntax {
    /// Whether this is stored: it has no accessors, or only observers.
    fileprivate var isStored: Bool {
      switch accessorBlock?.accessors {
      case nil: true
      case .getter: false
      case .accessors(let accessors):
        accessors.allSatisfy {
          [.keyword(.willSet), .keyword(.didSet)].contains($0.accessorSpecifier.tokenKind)
        }
      }
    }
  }
#endif
