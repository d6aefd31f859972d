import MerganserTypes

let (laptop, phone) = (ReplicaID.random(), ReplicaID.random())
var here = ORSet<String>()
var there = ORSet<String>()

here.insert("milk", as: laptop)
there.merge(here)  // true: it grew
there.remove("milk", as: phone)
here.insert("milk", as: laptop)  // concurrent with the removal: add wins
here.merge(there)
print(Array(here))  // ["milk"]

let delta = here.delta(since: there.context)  // the least that `there` lacks
there.merge(delta)
print(here == there)  // true
