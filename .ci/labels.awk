# Prints each function or initializer that has a parameter without a label behind the first one.
function check(text, first,    i, c, depth, start, parameter, at) {
  depth = 0
  at = 0
  start = first + 1
  for (i = first; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c ~ /[([{]/) depth++
    else if (c ~ /[])}]/) depth--
    if (depth == 0 || (depth == 1 && c == ",")) {
      parameter = substr(text, start, i - start)
      # A parameter pack is written like the arguments of a call.
      if (at > 0 && parameter ~ /^[ \n]*(@[a-z]+ )?_ [a-zA-Z]+:/ && parameter !~ /: *repeat each/) return 1
      at++
      start = i + 1
    }
    if (depth == 0) return 0
  }
  return 0
}
function report(    rest, offset, line, found) {
  rest = text
  offset = 0
  while (match(rest, /(^|[^a-zA-Z.])(func [a-zA-Z`]+|init[?]?)(<[^({]*>)?\(/)) {
    if (check(rest, RSTART + RLENGTH - 1)) {
      line = substr(text, 1, offset + RSTART)
      found = gsub(/\n/, "\n", line) + 1
      print name ":" found
    }
    offset += RSTART + RLENGTH - 1
    rest = substr(rest, RSTART + RLENGTH)
  }
}
FNR == 1 { if (NR > 1) report(); text = ""; name = FILENAME }
{ sub(/\/\/.*/, ""); text = text $0 "\n" }
END { report() }
