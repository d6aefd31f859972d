import Merganser

struct Shop: Schema {
  let stock = Table<String, PNCounter>("stock")
}

var options = ReplicaOptions()
options.durability = .onDisk  // or .survivesProcessCrash, for what can be filled again from peers
options.checkpointInterval = 8 << 20  // rows are stored every so many bytes of versions
options.cacheLimit = 64 << 20  // bytes of rows that are read often, kept in memory
options.retention.history = 16 << 20  // how much is kept of what every known peer holds
options.retention.backlog = 256 << 20  // and of what some peer lacks, which is then handed rows
options.retention.absence = .seconds(30 * 86_400)  // who stays away for longer is forgotten
options.snapshotAgeLimit = .seconds(600)  // a forgotten snapshot does not hold pages for ever

let shop = try await Replica.open(Shop(), at: "shop", options: options)
shop.observe { event in  // or, with the trait Metrics, shop.report(to: logger)
  if case .maintenanceFailed(let error) = event { print(error) }
}
try await shop.export(to: "monday.bundle")  // and there: try await replica.import(from: …)
