import MerganserLaws
import MerganserTypes
import Testing

@Suite struct FlagTests {
  @Test func laws() throws {
    try checkLaws(of: EnableWinsFlag.self, observing: { $0.isEnabled }) { flag, author, random in
      let enable = random.flip()
      return flag.update(as: &author) { enable ? $0.mark(as: &$1) : $0.clear() }
    }
    try checkLaws(of: DisableWinsFlag.self, observing: { $0.isEnabled }) { flag, author, random in
      let disable = random.flip()
      return flag.update(as: &author) { disable ? $0.mark(as: &$1) : $0.clear() }
    }
  }

  @Test func enablingWins() throws {
    try checkSpecification(of: EnableWinsFlag.self, showing: { $0.isEnabled }) {
      flag, author, random in
      let enable = random.flip()
      random.describe(enable ? "enable" : "disable")
      if enable { flag.enable(as: author.replica) } else { flag.disable(as: author.replica) }
      return enable
    } specification: { past in
      past.contains { enabling in
        enabling.operation && !past.contains { !$0.operation && enabling.precedes($0) }
      }
    }
  }

  @Test func disablingWins() throws {
    try checkSpecification(of: DisableWinsFlag.self, showing: { $0.isEnabled }) {
      flag, author, random in
      let enable = random.flip()
      if enable { flag.enable(as: author.replica) } else { flag.disable(as: author.replica) }
      return enable
    } specification: { past in
      !past.contains { disabling in
        !disabling.operation && !past.contains { $0.operation && disabling.precedes($0) }
      }
    }
  }
}
