#if Macros
  package import SwiftDiagnostics

  /// Why `@Lattice` cannot make a lattice of what it is attached to.
  package enum LatticeDiagnostic: DiagnosticMessage, Equatable {
    case notAStruct
    case noProperties
    case constant(String)
    case initialValue(String)
    case noType(String)
    case notALattice(property: String, type: String, instead: String)

    package var message: String {
      switch self {
      case .notAStruct:
        "@Lattice makes a lattice of a struct, whose stored properties are lattices"
      case .noProperties:
        "@Lattice needs at least one stored property; a lattice of one value holds nothing"
      case .constant(let property):
        "'\(property)' is a constant, which cannot be merged into; make it a 'var'"
      case .initialValue(let property):
        "'\(property)' starts from its bottom, as every lattice does; remove the initial value"
      case .noType(let property):
        "'\(property)' needs a type annotation, as 'var \(property): GSet<String>'"
      case .notALattice(let property, let type, let instead):
        "'\(property)' is of type '\(type)', which is no lattice: two values of it have no join; use "
          + instead
      }
    }

    package var diagnosticID: MessageID {
      MessageID(domain: "Merganser", id: "\(self)")
    }

    package var severity: DiagnosticSeverity { .error }
  }
#endif
