#if Macros
  import SwiftCompilerPlugin
  import SwiftSyntaxMacros

  @main
  struct MerganserPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [LatticeMacro.self]
  }
#else
  /// Without the trait there are no macros, and nothing to do.
  @main
  enum NoMacros {
    static func main() {}
  }
#endif
