/// How the report looks, by day and by night.
enum ReportStyle {
  static let css = """

    :root {
      --page: #f7f6f3; --card: #ffffff; --ink: #1d2327; --soft: #5d686f; --rule: #e3e1dc;
      --lisbon: #2f6bc4; --porto: #c8641b; --faro: #17857a; --alarm: #c02a2a; --quiet: #aab2b7;
      --shade: #1d23270d; --gift: #8a5cc2;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14181b; --card: #1c2226; --ink: #e8ebed; --soft: #9aa6ad; --rule: #2d353a;
        --lisbon: #6fa3ee; --porto: #f09a57; --faro: #4fc1b3; --alarm: #ff7a70; --quiet: #5f6a71;
        --shade: #ffffff0f; --gift: #b893ea;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
    }
    main { max-width: 1176px; margin: 0 auto; padding: 40px 24px 56px; }
    .kicker {
      margin: 0; color: var(--faro); font-size: 13px; font-weight: 650;
      letter-spacing: .08em; text-transform: uppercase;
    }
    h1 { margin: 4px 0 10px; font-size: clamp(26px, 4vw, 38px); line-height: 1.15; }
    h2 { margin: 0 0 6px; font-size: 20px; line-height: 1.3; }
    p { margin: 0 0 12px; max-width: 74ch; }
    .lead { font-size: 18px; color: var(--soft); }
    section p, footer p { color: var(--soft); }
    section {
      margin-top: 20px; padding: 22px 24px 16px; background: var(--card);
      border: 1px solid var(--rule); border-radius: 12px;
    }
    .tiles {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px;
      margin: 24px 0 0; padding: 0; list-style: none;
    }
    .tiles li {
      padding: 14px 16px; background: var(--card); border: 1px solid var(--rule);
      border-radius: 12px;
    }
    .tiles strong {
      display: block; font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums;
    }
    .tiles span { display: block; margin-top: 3px; color: var(--soft); font-size: 14px; line-height: 1.35; }
    .legend {
      display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; padding: 0;
      list-style: none; color: var(--soft); font-size: 14px;
    }
    .legend i {
      display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 3px;
      vertical-align: -1px; background: var(--quiet);
    }
    .legend .lisbon-key { background: var(--lisbon); }
    .legend .porto-key { background: var(--porto); }
    .legend .faro-key, .legend .kept-key { background: var(--faro); }
    .legend .broken-key { background: var(--alarm); }
    .legend .tick-up { background: linear-gradient(var(--ink) 55%, var(--rule) 0); }
    .legend .tick-down { background: linear-gradient(var(--rule) 45%, var(--ink) 0); }
    .legend .given-key { background: var(--gift); height: 6px; vertical-align: 3px; }
    .legend .refused-key { background: var(--alarm); height: 6px; vertical-align: 1px; }
    .legend .moved-key { background: var(--gift); height: 4px; width: 16px; vertical-align: 3px; border-radius: 0; }
    .legend .lost-key { background: none; height: 0; width: 16px; vertical-align: 4px; border-top: 2.5px dashed var(--alarm); border-radius: 0; }
    .legend .sync-key { width: 2px; border-radius: 0; margin: 0 11px 0 5px; }
    svg { display: block; width: 100%; height: auto; }
    svg.medium, svg.narrow { display: none; }
    .chapters {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 4px 40px;
      margin: 0 0 8px; padding-left: 22px;
    }
    .chapters li::marker { font-weight: 650; color: var(--faro); }
    .chapters span { color: var(--soft); font-size: 14px; white-space: nowrap; }
    @media (max-width: 900px) {
      svg.wide { display: none; }
      svg.medium { display: block; }
    }
    @media (max-width: 560px) {
      main { padding: 24px 12px 40px; }
      section { padding: 18px 12px 10px; }
      svg.medium { display: none; }
      svg.narrow { display: block; }
    }
    text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    text.name { font-size: 14px; font-weight: 650; }
    text.holder { font-size: 13px; fill: var(--ink); }
    text.name.lisbon { fill: var(--lisbon); }
    text.name.porto { fill: var(--porto); }
    text.name.faro { fill: var(--faro); }
    text.alarm { fill: var(--alarm); font-weight: 650; }
    .lane, .grid { stroke: var(--rule); }
    .chapter { stroke: var(--quiet); stroke-dasharray: 2 3; opacity: .8; }
    .zero { stroke: var(--soft); }
    .apart { fill: var(--shade); }
    .sync { stroke: var(--quiet); opacity: .55; }
    .tick { fill: none; stroke-width: 1.3; opacity: .85; }
    .opening { fill: none; stroke: var(--lisbon); stroke-width: 1.6; }
    .given { fill: none; stroke: var(--gift); stroke-width: 2; }
    .refused { fill: none; stroke: var(--alarm); stroke-width: 2; }
    .killed { fill: none; stroke: var(--alarm); stroke-width: 3; stroke-linecap: round; }
    .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .dashed { stroke-dasharray: 6 4; }
    .tick.lisbon, .curve.lisbon { stroke: var(--lisbon); }
    .tick.porto, .curve.porto { stroke: var(--porto); }
    .tick.faro, .curve.faro { stroke: var(--faro); }
    .area { opacity: .82; }
    .area.lisbon { fill: var(--lisbon); }
    .area.porto { fill: var(--porto); }
    .area.faro, .kept { fill: var(--faro); }
    .plain { fill: var(--quiet); }
    .request { fill: var(--page); stroke: var(--rule); }
    .request.moved { stroke: var(--gift); stroke-width: 2; }
    .request.lost { stroke: var(--alarm); stroke-width: 2; stroke-dasharray: 6 4; }
    text.moved { fill: var(--gift); font-weight: 650; }
    text.lost { fill: var(--alarm); font-weight: 650; }
    .to-order { fill: none; stroke-width: 2; }
    .to-order.moved { stroke-width: 3.5; }
    .to-order.lost { stroke-width: 2.5; stroke-dasharray: 6 4; }
    .number { fill: var(--card); stroke-width: 2; }
    .number.lisbon, .to-order.lisbon { stroke: var(--lisbon); }
    .number.porto, .to-order.porto { stroke: var(--porto); }
    .number.faro, .to-order.faro { stroke: var(--faro); }
    .number.moved, .to-order.moved { stroke: var(--gift); }
    .number.lost, .to-order.lost { stroke: var(--alarm); }
    .broken { fill: var(--alarm); }
    footer { margin-top: 24px; font-size: 14px; overflow-wrap: anywhere; }
    code { font: 13px ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }

    """
}
