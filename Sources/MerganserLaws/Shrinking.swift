/// The shortest sequence that was found by taking steps out of `steps` for which `fails` still holds.
///
/// Zeller, Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002): chunks are taken
/// out, ever smaller ones, until no single step can go.
func shrunk<Step>(_ steps: [Step], while fails: ([Step]) -> Bool) -> [Step] {
  var steps = steps
  var size = max(1, steps.count / 2)
  while true {
    var start = 0
    var removed = false
    while start < steps.count {
      let candidate = Array(steps[..<start] + steps[min(start + size, steps.count)...])
      if fails(candidate) {
        steps = candidate
        removed = true
      } else {
        start += size
      }
    }
    if size == 1, !removed { return steps }
    size = max(1, size / 2)
  }
}
