import Foundation
import Testing

@Suite struct DemoTests {
  @Test func theStoryHoldsAndItsStoresAreSound() throws {
    let folder = try Folder()
    for seed in ["7", "8"] {
      let demo = try Command.run(
        "demo", "--store", "stores", "--report", "r/page.html", "--seed", seed, in: folder)
      #expect(demo.status == 0, "\(demo.errors)")
      for line in ["All three agree.", "none is lost", "ever had: 0.00"] {
        let text = demo.output.replacing(/\s+/, with: " ")
        #expect(text.contains(line), "\(demo.output)")
      }
      #expect(demo.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
    var balances: Set<String> = []
    for branch in ["lisbon", "porto", "faro"] {
      #expect(try Command.run("verify", "stores/\(branch)", in: folder).status == 0)
      balances.insert(try Command.run("show", "stores/\(branch)", "accounts", in: folder).output)
    }
    #expect(balances.count == 1 && !balances.contains(""))
    let page = try String(contentsOfFile: "\(folder.path)/r/page.html", encoding: .utf8)
    #expect(page.contains("<svg") && !page.contains("http"))
  }

  @Test func aFolderOfSomethingElseIsLeftAlone() throws {
    let folder = try Folder()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/note"))
    let demo = try Command.run("demo", "--store", ".", in: folder)
    #expect(demo.isOneLineFailure && demo.errors.contains("not empty"), "\(demo.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["note"])
  }
}
