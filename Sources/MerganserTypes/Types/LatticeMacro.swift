#if Macros
  /// Makes a lattice of a struct whose stored properties are lattices.
  ///
  /// ```swift
  /// @Lattice
  /// struct Profile {
  ///   var name: LWWRegister<String>
  ///   var visits: GCounter
  ///   var badges: GSet<String>
  /// }
  /// ```
  ///
  /// The struct gets bottom, merge, decomposition, deltas, changes made once more by another author, its
  /// binary coding and what rows that are created concurrently need, all of it property by property, in
  /// the order of the properties. Its coding changes when properties are added, removed or moved, and so
  /// does the layout that stored schemas have of it: rows of the one are not read as rows of the other.
  /// What is to grow is a table for each property, under one key.
  ///
  /// A delta is a value of the struct with the deltas of some properties, and bottom in the others. Two
  /// updates of different properties do not meet.
  @attached(
    extension, conformances: LatticeStore, Replicated, BinaryCodable,
    names: named(init), named(isBottom), named(merge), named(decomposed), named(delta),
    named(repeatChange), named(canBeWritten), named(unite),
    named(encode), named(lattices), named(layout), named(componentTypes))
  public macro Lattice() = #externalMacro(module: "MerganserMacros", type: "LatticeMacro")

  /// What the code that `@Lattice` writes calls.
  public enum LatticeProperties {
    /// Compiles where the type of a property is a lattice with parts and a coding; its name is what the
    /// compiler says where it is not.
    @inlinable
    public static func propertyMustBeALattice<Property: Decomposable & BinaryCodable>(
      _: Property.Type
    ) {}

    /// Unites a property as its type says.
    @inlinable
    public static func unite<Property: Replicated>(
      _ property: inout Property, with concurrent: Property, for access: RowAccess
    ) where Property.Store == Property {
      Property.unite(&property, with: concurrent, for: access)
    }

    /// Unites a property that may be absent as its type says; it is there if either has it.
    @inlinable
    public static func unite<Property: Replicated>(
      _ property: inout Property?, with concurrent: Property?, for access: RowAccess
    ) where Property.Store == Property {
      guard let concurrent else { return }
      var value = property ?? Property.Store()
      Property.unite(&value, with: concurrent, for: access)
      property = value
    }

    /// The layout of a struct with the given properties, in their order.
    public static func layout(_ properties: [(name: String, type: any StoredType.Type)]) -> Layout {
      .declared(
        properties.map { "\($0.name): \($0.type.typeName.unqualifiedTypeName)" }
          .joined(separator: ", "))
    }

    /// Joins a property whose type does not say how it is united.
    @inlinable
    @_disfavoredOverload
    public static func unite<Property: JoinSemilattice>(
      _ property: inout Property, with concurrent: Property, for access: RowAccess
    ) {
      property.merge(concurrent)
    }
  }
#endif
