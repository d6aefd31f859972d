import Merganser

/// What an order says: its fields belong together, and are written together.
struct Order: Equatable {
  var guest: String
  var seats: Int
}

extension Order: BinaryCodable {
  // What a store records of the bytes below. Bytes that change need a new type and a new table.
  static var layout: Layout { "guest: String, seats: Int" }

  func encode(to encoder: inout BinaryEncoder) {
    guest.encode(to: &encoder)
    seats.encode(to: &encoder)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(guest: try String(from: &decoder), seats: try Int(from: &decoder))
  }
}

struct Bookings: Schema {
  let orders = Table<Int, LWWRegister<Order>>("orders")

  var invariants: [any Invariant] {
    Check("an order has 1 to 8 seats", on: orders) { _, order in (1...8).contains(order.seats) }
  }
}

let bookings = Bookings()
let replica = try Replica(bookings)
try await replica.write { tx in
  try tx[bookings.orders, 7].set(Order(guest: "Ann", seats: 2))
}
print(try replica.snapshot[bookings.orders, 7]?.value?.guest ?? "")  // Ann
