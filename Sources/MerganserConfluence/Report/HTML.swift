/// What is common to the pages.
enum HTML {
  /// Text as it stands in a page.
  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }

  /// The pages' looks, by day and by night.
  static let style = """
    :root { --ink: #1c2733; --faint: #66727f; --paper: #fff; --line: #d5dbe1; --yes: #1d7a46;
      --yes-paper: #e5f5ec; --no: #b3261e; --no-paper: #fdeceb; --maybe: #8a6100;
      --maybe-paper: #fdf3dc; --card: #f6f8fa; --link: #1a5fb4; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --faint: #9aa7b4; --paper: #14191f;
      --line: #36414c; --yes: #6fd39b; --yes-paper: #15301f; --no: #ff8f87; --no-paper: #3a1715;
      --maybe: #efc35c; --maybe-paper: #33280c; --card: #1b222a; --link: #7db3f5; } }
    body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
      max-width: 1080px; margin: 2.5rem auto; padding: 0 1.5rem; }
    h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { margin-top: 2.6rem; font-size: 1.25rem; }
    h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; } p.note { color: var(--faint); margin: .2rem 0; }
    table { border-collapse: collapse; margin: .8rem 0; }
    th, td { border: 1px solid var(--line); padding: .45rem .7rem; text-align: left;
      vertical-align: top; } th { font-weight: 600; background: var(--card); }
    td.yes { background: var(--yes-paper); color: var(--yes); }
    td.no { background: var(--no-paper); color: var(--no); }
    td.maybe { background: var(--maybe-paper); color: var(--maybe); }
    td small { display: block; color: var(--faint); max-width: 24rem; } a { color: var(--link); }
    figure { margin: .6rem 0; padding: 1rem; background: var(--card); border-radius: 8px;
      overflow-x: auto; } div.wide { overflow-x: auto; }
    svg { display: block; max-width: 100%; height: auto; }
    @media (max-width: 720px) { body { margin: 1rem auto; padding: 0 .8rem; }
      figure { padding: .5rem; } th, td { padding: .35rem .45rem; } }
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
    pre { background: var(--card); padding: .8rem 1rem; border-radius: 8px; overflow-x: auto;
      font-size: 12.5px; } summary { cursor: pointer; color: var(--link); }
    """
}
