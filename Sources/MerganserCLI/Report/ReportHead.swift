import MerganserConfluence

/// What a report's page begins with: its head, and a header with the title and a sentence or two.
struct ReportHead {
  /// The title of the window.
  let title: String
  /// What made the page, in a word or two.
  let kicker: String
  let heading: String
  let lead: String
  /// What the page adds to the style that all reports have.
  var css = ""

  /// The head and the header; the page's `main` and `body` are open behind it.
  var html: String {
    """
    <!doctype html>
    <html lang='en'>
    <head>
    <meta charset='utf-8'>
    <meta name='viewport' content='width=device-width, initial-scale=1'>
    <meta name='color-scheme' content='light dark'>
    <title>\(HTML.escaped(title))</title>
    <style>\(ReportStyle.css)\(css)</style>
    </head>
    <body>
    <main>
    <header>
    <p class='kicker'>\(HTML.escaped(kicker))</p>
    <h1>\(HTML.escaped(heading))</h1>
    <p class='lead'>\(HTML.escaped(lead))</p>
    </header>
    """
  }
}
