import MerganserTypes

/// What is common to the pages.
package enum HTML {
  /// Text as it stands in a page.
  ///
  /// None of it is read as markup, and none of its characters hides or turns round what stands beside it. It
  /// stays one line; ``escaped(lines:)`` keeps the lines.
  package static func escaped(_ text: String) -> String {
    text.escaped.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "'": escaped += "&#39;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
  }

  /// Text of several lines as it stands in a page.
  static func escaped(lines text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
      .joined(separator: "\n")
  }

  /// The pages' looks, by day and by night, on wide screens and on narrow ones.
  static let style = """

    :root { --ink: #1c2733; --faint: #5b6774; --paper: #fff; --line: #d5dbe1; --yes: #1d7a46;
      --yes-paper: #e5f5ec; --no: #b3261e; --no-paper: #fdeceb; --maybe: #7a5600;
      --maybe-paper: #fdf3dc; --card: #f6f8fa; --link: #1a5fb4; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --faint: #a3afbb;
      --paper: #14191f; --line: #36414c; --yes: #6fd39b; --yes-paper: #15301f; --no: #ff9a92;
      --no-paper: #3a1715; --maybe: #efc35c; --maybe-paper: #33280c; --card: #1b222a;
      --link: #7db3f5; } }
    * { box-sizing: border-box; }
    body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
      max-width: 1080px; margin: 2.5rem auto; padding: 0 1.5rem; overflow-wrap: anywhere; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }
    h2 { margin: 2.8rem 0 .6rem; font-size: 1.3rem; line-height: 1.25; }
    h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
    p.lead { max-width: 46rem; margin: 0; color: var(--faint); }
    p.note, footer ol { color: var(--faint); margin: .4rem 0; }
    section { border-top: 1px solid var(--line); margin-top: 2.4rem; }
    section h2 { margin-top: 1.6rem; }
    table { border-collapse: collapse; margin: .6rem 0; }
    th, td { border: 1px solid var(--line); padding: .4rem .7rem; text-align: left;
      vertical-align: top; }
    th { font-weight: 600; background: var(--card); }
    thead td { border: 0; }
    .ways { width: 100%; max-width: 46rem; } .ways tbody th { border-top-width: 3px; }
    .ways thead th { overflow-wrap: normal; } .ways td { overflow-wrap: break-word; }
    .ways td:first-child { padding-left: 1.6rem; } .ways td + td { font-weight: 600; }
    .ways td + td + td { font-weight: 400; color: var(--faint); }
    td.yes, dt.yes { background: var(--yes-paper); color: var(--yes); }
    td.no, dt.no { background: var(--no-paper); color: var(--no); }
    td.maybe, dt.maybe { background: var(--maybe-paper); color: var(--maybe); }
    li small { display: block; color: var(--faint); }
    td small { display: block; color: var(--faint); max-width: 24rem; } a { color: var(--link); }
    summary { cursor: pointer; color: var(--link); }
    .legend { margin: 1rem 0; max-width: 46rem; }
    .legend dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem .9rem;
      margin: .6rem 0; }
    dt { padding: 0 .5rem; border-radius: 4px; justify-self: start; } dd { margin: 0; }
    .dot { display: inline-block; min-width: 1.5rem; border-radius: 50%; text-align: center;
      background: var(--ink); color: var(--paper); } .dot.red { background: var(--no); }
    .box { border: 1px solid var(--ink); border-radius: 4px; padding: 0 .5rem; font-weight: 400; }
    figure { margin: .6rem 0; padding: 1rem; background: var(--card); border-radius: 8px; }
    figcaption { color: var(--faint); }
    ol.steps { display: none; margin: 0; padding: 0; list-style: none; }
    .steps li { padding: .4rem .1rem; border-bottom: 1px solid var(--line); }
    .steps small { display: block; color: var(--faint); }
    .steps b { display: inline-block; min-width: 1.5rem; border-radius: 50%; text-align: center;
      background: var(--ink); color: var(--paper); }
    .steps .broken b { background: var(--no); } .steps .broken small { color: var(--no); }
    svg { display: block; max-width: 100%; height: auto; margin: 0 auto .6rem; }
    pre { background: var(--card); padding: .8rem 1rem; border-radius: 8px; font-size: 12.5px;
      white-space: pre-wrap; }
    footer { border-top: 1px solid var(--line); margin-top: 2.4rem; }
    footer h2 { margin-top: 1.4rem; } footer ol { padding-left: 1.4rem; }
    @media (max-width: 720px) {
      body { margin: 1.2rem auto; padding: 0 .9rem; }
      th, td { padding: .35rem .5rem; } .ways td:first-child { padding-left: .5rem; }
      figure { padding: .7rem; } figure svg { display: none; } ol.steps { display: block; }
      .matrix, .matrix tbody, .matrix tr, .matrix th, .matrix td { display: block; width: 100%; }
      .matrix thead { display: none; } .matrix tr { margin-bottom: .8rem; }
      .matrix td::before { content: attr(data-name); display: block; color: var(--ink);
        font-weight: 600; }
      .legend dl { grid-template-columns: 1fr; gap: .1rem; } .legend dd { margin-bottom: .5rem; }
    }
    svg text { text-anchor: middle; fill: var(--ink); font-size: 13px; }
    svg .rows, svg .start { fill: var(--faint); font-size: 12px; stroke: var(--card);
      stroke-width: 4; paint-order: stroke; }
    svg .name { fill: var(--paper); font-weight: 600; } svg text.broken { fill: var(--no); }
    svg .lane { stroke: var(--line); stroke-width: 2; } svg .fork { stroke: var(--line); fill: none;
      stroke-width: 2; } svg .replica { fill: var(--ink); }
    svg .call { fill: var(--paper); stroke: var(--ink); }
    svg .merge { stroke: var(--faint); stroke-width: 2; stroke-dasharray: 5 4; }
    svg .tip { fill: var(--faint); } svg .meet { fill: var(--yes); }
    svg .meet.broken { fill: var(--no); }

    """
}
