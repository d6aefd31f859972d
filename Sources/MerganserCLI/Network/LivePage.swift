/// The page that shows how a relay is, as long as one looks at it; it needs nothing but the relay.
enum LivePage {
  static let html = """
    \(head.html)
    <p id='health' class='health' role='status'>Connecting …</p>
    <ul class='tiles'>
    <li><strong id='linked'>–</strong><span>linked, of <span id='peers'>–</span></span></li>
    <li><strong id='speed-in'>–</strong><span>versions/s come</span></li>
    <li><strong id='speed-out'>–</strong><span>versions/s go</span></li>
    <li><strong id='waiting'>–</strong><span>versions wait for what they depend on</span></li>
    <li><strong id='refused'>–</strong><span>versions refused</span></li>
    <li><strong id='bytes'>–</strong><span>came and went</span></li>
    </ul>
    <section>
    <h2>Peers</h2>
    <p id='none'>No peer is linked or tried.</p>
    <table id='table' hidden>
    <thead><tr><th>Replica</th><th>State</th><th class='number'>Lag</th><th>Since</th><th>Address</th></tr></thead>
    <tbody id='rows'></tbody>
    </table>
    <p class='note'>Lag: how many versions are here that the peer is not known to hold.</p>
    </section>
    <section>
    <h2>Faults</h2>
    <p id='fault'>None.</p>
    <p id='strangers'></p>
    </section>
    <footer><p id='origin'></p></footer>
    </main>
    <script>\(script)</script>
    </body>
    </html>
    """

  private static let head = ReportHead(
    title: "Merganser: a relay", kicker: "Merganser relay", heading: "A relay",
    lead: "What it is linked with, what goes through it, and what went wrong; anew each second.",
    css: css)

  private static let css = """
    .health { display: inline-block; margin-top: 8px; padding: 4px 12px; border-radius: 99px; font-weight: 650; border: 1px solid var(--rule); background: var(--card); }
    .health.well { color: var(--faro); }
    .health.ill { color: var(--alarm); }
    .tiles strong { overflow-wrap: anywhere; }
    .tiles span span { display: inline; }
    table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; margin-bottom: 10px; }
    th { text-align: left; color: var(--soft); font-size: 13px; font-weight: 500; }
    th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; overflow-wrap: anywhere; }
    th, td:not(:last-child) { white-space: nowrap; }
    th.number, td.number { text-align: right; }
    td.linked { color: var(--faro); font-weight: 650; }
    td.behind, td.waiting { color: var(--porto); font-weight: 650; }
    td .fault { display: block; color: var(--alarm); font-size: 14px; font-weight: 400; }
    .note { font-size: 14px; }
    #fault.ill { color: var(--alarm); }
    @media (max-width: 560px) {
      thead { display: none; }
      tr { display: grid; grid-template-columns: 1fr auto; padding: 8px 0; border-bottom: 1px solid var(--rule); }
      td { border: 0; padding: 1px 0; }
      td:nth-child(2) { text-align: right; }
      td.number { text-align: left; }
      td.number::before { content: 'lag '; color: var(--soft); }
      td:nth-child(4) { text-align: right; color: var(--soft); }
      td:nth-child(5) { grid-column: 1 / -1; color: var(--soft); }
    }

    """

  // What comes from others is text, and never becomes a part of the page.
  private static let script = """
    'use strict';
    const by = id => document.getElementById(id);
    const say = (id, text) => { by(id).textContent = text; };
    const count = number => Number(number).toLocaleString('en');
    const size = bytes => {
      const units = ['B', 'kB', 'MB', 'GB', 'TB'];
      let unit = 0;
      while (bytes >= 1000 && unit < 4) { bytes /= 1000; unit += 1; }
      return (unit ? bytes.toFixed(1) : bytes) + ' ' + units[unit];
    };
    const cell = (row, text, kind) => {
      const cell = row.insertCell();
      cell.textContent = text;
      if (kind) cell.className = kind;
      return cell;
    };
    let last = null;
    const show = status => {
      const now = performance.now() / 1000;
      const linked = status.peers.filter(peer => peer.state === 'linked' || peer.state === 'behind');
      document.querySelector('h1').textContent = 'Relay ' + status.replica.slice(0, 8);
      say('health', status.trouble ? 'Not well: ' + status.trouble : 'Well');
      by('health').className = status.trouble ? 'health ill' : 'health well';
      say('linked', count(linked.length));
      say('peers', count(status.peers.length));
      say('waiting', count(status.waiting));
      say('refused', count(status.refused));
      say('bytes', size(status.receivedBytes) + ', ' + size(status.sentBytes));
      if (last) {
        const time = Math.max(now - last.time, 0.001);
        say('speed-in', count(Math.round(Math.max(0, status.received - last.received) / time)));
        say('speed-out', count(Math.round(Math.max(0, status.sent - last.sent) / time)));
      }
      last = { time: now, received: status.received, sent: status.sent };
      by('none').hidden = status.peers.length > 0;
      by('table').hidden = status.peers.length === 0;
      const rows = document.createElement('tbody');
      rows.id = 'rows';
      for (const peer of status.peers.slice(0, 200)) {
        const row = rows.insertRow();
        cell(row, peer.replica ? peer.replica.slice(0, 8) : '?');
        cell(row, peer.state, peer.state);
        cell(row, peer.lag === undefined ? '?' : count(peer.lag), 'number');
        cell(row, peer.since.replace('T', ' ').replace('Z', ''));
        const place = cell(row, (peer.isIncoming ? 'from ' : 'to ') + peer.address);
        if (peer.fault) {
          const fault = document.createElement('span');
          fault.className = 'fault';
          fault.textContent = peer.fault;
          place.append(fault);
        }
      }
      by('rows').replaceWith(rows);
      say('fault', status.lastFault ? 'The last one: ' + status.lastFault : 'None.');
      by('fault').className = status.lastFault ? 'ill' : '';
      say('strangers', status.refusedConnections + status.failedConnections === 0 ? ''
        : count(status.refusedConnections) + ' connections were refused for lack of room; '
          + count(status.failedConnections) + ' have failed before the other side said who it is.');
      say('origin', 'merganser ' + status.version + ', replica ' + status.replica + ' of the database '
        + status.database + ', since ' + status.started + (status.listening.length ? ', at ' + status.listening.join(' and ') : '')
        + (status.certificateEnd ? '; its certificate ends ' + status.certificateEnd : ''));
    };
    const events = new EventSource('events');
    events.onmessage = event => show(JSON.parse(event.data));
    events.onerror = () => {
      say('health', 'It does not answer; what is shown is of before.');
      by('health').className = 'health ill';
    };
    """
}
