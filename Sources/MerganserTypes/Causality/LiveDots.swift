/// Live dots with a payload each: the merge core of every dot store.
///
/// A few dots, as a row of a database has them, are one sorted array. More of them are pages with one
/// liveness word for 64 dots (``DotPages``), whose merge costs what differs and a word for every 64
/// dots that do not.
@usableFromInline
struct LiveDots<Payload: Sendable>: Sendable {
  @usableFromInline
  struct Entry: Sendable {
    @usableFromInline let dot: Dot
    @usableFromInline var payload: Payload

    @inlinable
    init(_ dot: Dot, payload: Payload) {
      self.dot = dot
      self.payload = payload
    }
  }

  /// Pages on the heap, shared by copies until one of them changes.
  @usableFromInline
  final class Box: @unchecked Sendable {
    // Written only while a single reference exists, which `own()` makes sure of; no check at run time is
    // needed for what the enclosing value's own exclusivity already says.
    @exclusivity(unchecked) @usableFromInline var pages: DotPages<Payload>

    @inlinable
    init(_ pages: DotPages<Payload>) { self.pages = pages }
  }

  /// The dots in order, where they are few.
  @usableFromInline var few: ContiguousArray<Entry> = []
  /// The dots, where they are many.
  @usableFromInline var box: Box?

  /// From more dots than this on they are kept in pages.
  @inlinable
  static var mostFew: Int { 16 }

  @inlinable
  init() {}

  @inlinable
  var count: Int {
    if let box { return box.pages.count }
    return few.count
  }

  @inlinable
  var isEmpty: Bool { box == nil && few.isEmpty }

  /// Makes the pages this value's own.
  @inlinable
  mutating func own() {
    if !isKnownUniquelyReferenced(&box), let shared = box { box = Box(shared.pages) }
  }

  /// The position in `few` of `dot`, or where it belongs.
  @inlinable
  func position(of dot: Dot) -> (index: Int, found: Bool) {
    // New dots come at the end, mostly.
    var index = few.count
    while index > 0, few[index - 1].dot > dot { index -= 1 }
    return index > 0 && few[index - 1].dot == dot ? (index - 1, true) : (index, false)
  }

  /// The payload of `dot`, if it lives.
  @inlinable
  subscript(dot: Dot) -> Payload? {
    if let box { return box.pages.place(of: dot).map { box.pages.payload(at: $0) } }
    let (index, found) = position(of: dot)
    return found ? few[index].payload : nil
  }

  /// Puts `payload` under `dot`, living or not.
  @inlinable
  mutating func set(_ dot: Dot, payload: Payload) {
    if box != nil {
      own()
      if let place = box?.pages.place(of: dot) { box?.pages.remove(at: place) }
      _ = box?.pages.insert(dot, payload: payload)
      return
    }
    let (index, found) = position(of: dot)
    if found {
      few[index].payload = payload
    } else if index == few.count {
      few.append(Entry(dot, payload: payload))
    } else {
      few.insert(Entry(dot, payload: payload), at: index)
    }
    if few.count > Self.mostFew { spread() }
  }

  /// Removes `dot`, and tells whether it lived.
  @discardableResult
  @inlinable
  mutating func remove(_ dot: Dot) -> Bool {
    if box != nil {
      guard let place = box?.pages.place(of: dot) else { return false }
      own()
      box?.pages.remove(at: place)
      settle()
      return true
    }
    let (index, found) = position(of: dot)
    if found { few.remove(at: index) }
    return found
  }

  /// Moves the dots to pages.
  @inlinable
  mutating func spread() {
    guard box == nil else { return }
    var pages = DotPages<Payload>()
    for entry in few { _ = pages.insert(entry.dot, payload: entry.payload) }
    few = []
    box = Box(pages)
  }

  /// After removals: gives back what the dots that are left do not need, and tells whether any dot
  /// got another place.
  @discardableResult
  @inlinable
  mutating func settle() -> Bool {
    guard let old = box else { return false }
    if old.pages.count <= Self.mostFew / 2 {
      list(old.pages)
      return true
    }
    guard old.pages.isSparse else { return false }
    var fresh = DotPages<Payload>()
    old.pages.forEach { dot, _, payload in _ = fresh.insert(dot, payload: payload) }
    box = Box(fresh)
    return true
  }

  /// Lists the few dots of `pages` that are left.
  @inlinable
  mutating func list(_ pages: DotPages<Payload>) {
    box = nil
    pages.forEach { dot, _, payload in few.append(Entry(dot, payload: payload)) }
  }

  /// Calls `body` with every live dot and its payload, in the order of the dots.
  @inlinable
  func forEach(_ body: (Dot, Payload) -> Void) {
    if let box {
      box.pages.forEach { dot, _, payload in body(dot, payload) }
    } else {
      for entry in few { body(entry.dot, entry.payload) }
    }
  }

  /// The live dots, as a context.
  @inlinable
  var dots: CausalContext {
    if let box { return box.pages.dots }
    var context = CausalContext()
    for entry in few {
      context.append(entry.dot.replica, first: entry.dot.sequence, last: entry.dot.sequence)
    }
    return context
  }

  /// The dots for which `keep` says so, with their payloads.
  @inlinable
  func filter(_ keep: (Dot) -> Bool) -> Self {
    var rest = Self()
    forEach { dot, payload in if keep(dot) { rest.set(dot, payload: payload) } }
    return rest
  }
}

extension LiveDots: Equatable where Payload: Equatable {
  @inlinable
  static func == (a: Self, b: Self) -> Bool {
    if let mine = a.box, let theirs = b.box {
      return mine === theirs || mine.pages == theirs.pages
    }
    guard a.count == b.count else { return false }
    // The same few dots can stand in either form, after removals.
    var mine = a
    var theirs = b
    if let box = mine.box { mine.list(box.pages) }
    if let box = theirs.box { theirs.list(box.pages) }
    return mine.few.elementsEqual(theirs.few) { $0.dot == $1.dot && $0.payload == $1.payload }
  }
}
