import Foundation
import MerganserSimulation

/// How a change spreads, as a picture that needs nothing but itself, by day and by night.
struct SpreadPicture {
  let runs: [Spread]

  private static let width = 760.0
  private static let height = 300.0

  /// The picture: on the left how many replicas hold one more version after each round, on the right how many rounds it
  /// takes.
  var svg: String {
    """
    <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(Int(Self.width)) \(Int(Self.height))' role='img'>
    <title>One more version comes to all replicas that sync at random</title>
    <style>
    text { font: 12px system-ui, sans-serif; fill: #5d686f } .head { font-weight: 650; fill: #1d2327 }
    .axis { stroke: #aab2b7 } .grid { stroke: #e3e1dc } .dot { fill: #2f6bc4 } .bound { stroke: #c8641b; stroke-dasharray: 5 4; fill: none }
    .curve { fill: none; stroke: #2f6bc4; stroke-width: 2 } .page { fill: #fff }
    @media (prefers-color-scheme: dark) {
      text { fill: #9aa6ad } .head { fill: #e8ebed } .axis { stroke: #5f6a71 } .grid { stroke: #2d353a } .dot { fill: #6fa3ee }
      .bound { stroke: #f09a57 } .curve { stroke: #6fa3ee } .page { fill: #1c2226 }
    }
    </style>
    <rect class='page' width='100%' height='100%' rx='8'/>
    \(informed)
    \(rounds)
    </svg>

    """
  }

  private func f(_ value: Double) -> String { String(format: "%.1f", value) }

  private func text(
    _ text: String, x: Double, y: Double, style: String = "label", anchor: String = "start"
  ) -> String {
    "<text class='\(style)' x='\(f(x))' y='\(f(y))' text-anchor='\(anchor)'>\(text)</text>"
  }

  private func line(_ x1: Double, y1: Double, x2: Double, y2: Double, style: String) -> String {
    "<line class='\(style)' x1='\(f(x1))' y1='\(f(y1))' x2='\(f(x2))' y2='\(f(y2))'/>"
  }

  private var most: Int { max(1, runs.map(\.spreading.count).max() ?? 1) }

  /// The share of replicas that hold the version, round by round, for each size.
  private var informed: String {
    let left = 48.0, right = 360.0, top = 50.0, bottom = 250.0
    let x = { (round: Int) in left + (right - left) * Double(round) / Double(most) }
    let y = { (share: Double) in bottom - (bottom - top) * share }
    var parts = [text("who holds one more version", x: left - 36, y: 24, style: "head")]
    for percent in [0, 50, 100] {
      let at = y(Double(percent) / 100)
      parts.append(line(left, y1: at, x2: right, y2: at, style: percent == 0 ? "axis" : "grid"))
      parts.append(text("\(percent) %", x: left - 6, y: at + 4, anchor: "end"))
    }
    for round in 0...most {
      parts.append(text("\(round)", x: x(round), y: bottom + 18, anchor: "middle"))
    }
    parts.append(text("rounds", x: (left + right) / 2, y: bottom + 38, anchor: "middle"))
    for run in runs {
      var path = "M\(f(x(0))) \(f(y(1 / Double(run.replicas))))"
      for (number, round) in run.spreading.enumerated() {
        path += "L\(f(x(number + 1))) \(f(y(Double(round.informed) / Double(run.replicas))))"
      }
      parts.append("<path class='curve' d='\(path)'><title>\(run.replicas) replicas</title></path>")
      let middle = run.spreading.firstIndex { $0.informed * 2 >= run.replicas } ?? 0
      let share = Double(run.spreading[middle].informed) / Double(run.replicas)
      parts.append(text("\(run.replicas)", x: x(middle + 1) + 4, y: y(share) + 14))
    }
    return parts.joined(separator: "\n")
  }

  /// How many rounds it takes, over the number of replicas.
  private var rounds: String {
    let left = 430.0, right = 730.0, top = 50.0, bottom = 250.0
    let x = { (replicas: Double) in left + (right - left) * (log10(replicas) - 0.8) / 2.4 }
    let highest = Double(most + 2)
    let y = { (rounds: Double) in bottom - (bottom - top) * rounds / highest }
    var parts = [
      text("rounds until all hold it", x: left - 26, y: 24, style: "head"),
      line(left, y1: bottom, x2: right, y2: bottom, style: "axis"),
    ]
    for rounds in stride(from: 0, through: most + 2, by: 2) {
      parts.append(
        line(left, y1: y(Double(rounds)), x2: right, y2: y(Double(rounds)), style: "grid"))
      parts.append(text("\(rounds)", x: left - 6, y: y(Double(rounds)) + 4, anchor: "end"))
    }
    parts.append(
      line(x(10), y1: y(log2(10.0)), x2: x(1000), y2: y(log2(1000.0)), style: "bound"))
    parts.append(text("log₂ n", x: x(1000) - 4, y: y(log2(1000.0)) - 8, anchor: "end"))
    for run in runs {
      let place = "cx='\(f(x(Double(run.replicas))))' cy='\(f(y(Double(run.spreading.count))))'"
      parts.append(
        "<circle class='dot' \(place) r='4'><title>\(run.replicas) replicas: \(run.spreading.count) rounds</title></circle>"
      )
      parts.append(
        text("\(run.replicas)", x: x(Double(run.replicas)), y: bottom + 18, anchor: "middle"))
    }
    parts.append(text("replicas", x: (left + right) / 2, y: bottom + 38, anchor: "middle"))
    return parts.joined(separator: "\n")
  }
}
