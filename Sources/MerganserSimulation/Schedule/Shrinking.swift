/// Takes events out of a schedule that fails, as long as it still does.
///
/// Zeller, Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002): chunks are taken out, ever smaller ones,
/// until no single event can go.
///
/// - Parameters:
///   - events: the schedule.
///   - attempts: how many schedules are tried at most.
///   - fails: whether one still fails.
/// - Returns: the shortest schedule that was found.
func shrunk(
  _ events: [SimulatedEvent], attempts: Int, while fails: ([SimulatedEvent]) -> Bool
) -> [SimulatedEvent] {
  var events = events
  var left = attempts
  var size = max(1, events.count / 2)
  while left > 0 {
    var start = 0
    var hasRemoved = false
    while start < events.count, left > 0 {
      let candidate = Array(events[..<start] + events[min(start + size, events.count)...])
      left -= 1
      if fails(candidate) {
        events = candidate
        hasRemoved = true
      } else {
        start += size
      }
    }
    if size == 1, !hasRemoved { return events }
    size = max(1, size / 2)
  }
  return events
}
