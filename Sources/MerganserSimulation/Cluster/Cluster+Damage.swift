import Merganser
import MerganserDatabase
import MerganserModel

// Disks of which a block is damaged: what operators do about them.
extension Cluster {
  /// Copies a site's store for later; a damaged one is refused, as a backup is verified.
  func backUp(_ site: Site) throws {
    guard let damage = site.disk.damage else { return site.backup = try site.disk.image() }
    damage.note(damage.error)
  }

  /// Replaces each store of which somebody was told that it is damaged.
  ///
  /// - Throws: ``Violation``, and what storages throw.
  func replaceDamagedStores() throws {
    for site in sites where site.disk.damage?.isTold == true {
      try replaceDamagedStore(of: site)
    }
  }

  /// Looks for damaged blocks nobody was told of, as `merganser verify` does, and replaces these stores, too.
  ///
  /// - Throws: ``Violation``, and what storages throw.
  func verifyStores() throws {
    for site in sites where site.disk.damage != nil {
      report.count("damaged blocks that a verification found")
      try replaceDamagedStore(of: site)
    }
  }

  /// Gives a site another store under a new identity: its last backup, or one that holds nothing and is given what others
  /// have.
  ///
  /// - Throws: ``Violation``, and what storages throw.
  func replaceDamagedStore(of site: Site) throws {
    end(site)
    let lost = try site.disk.kept.snapshot().heads
    if let backup = site.backup {
      try site.disk.restore(backup, as: newIdentity())
      report.count("damaged stores that a backup replaced")
    } else {
      let disk = emptyDisk(
        of: newIdentity(), program: site.program, session: site.disk.session + 1)
      disk.isFull = site.disk.isFull
      site.disk = disk
      report.count("damaged stores that began anew")
    }
    tell("  site \(site.number) has another store, in the place of one that was damaged")
    recorder?.note(.operation, at: site.number, saying: "another store, as a block was damaged")
    try giveUp(lost, at: site)
    try start(site, program: site.program)
  }

  /// Takes notice that a site has another store, or an earlier one: what no disk has of what it held is given up.
  ///
  /// - Parameters:
  ///   - lost: the last versions that the store before held.
  ///   - site: the site.
  /// - Throws: what storages throw.
  func giveUp(_ lost: [ReplicaID: Head], at site: Site) throws {
    site.watch = Watch()
    decisions.forget(site.number)
    let heads = try sites.map { try $0.disk.kept.snapshot().heads }
    witness.giveUp(lost, beyond: heads)
    decisions.giveUp(beyond: heads)
  }
}
