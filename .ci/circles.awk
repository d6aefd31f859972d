# Finds files of one module that know each other in a circle: more than `limit` of them, each of which names a type that
# the next declares. `list` names a file with a path on each line.
function code(text) { sub(/\/\/.*/, "", text); gsub(/"([^"\\]|\\.)*"/, "\"\"", text); return text }
BEGIN {
  types = "(struct|class|enum|protocol|actor|typealias) +[A-Z][A-Za-z0-9_]*"
  while ((getline path < list) > 0) {
    paths[++count] = path
    while ((getline text < path) > 0) {
      text = code(text)
      if (!match(text, types)) continue
      split(substr(text, RSTART, RLENGTH), two, / +/)
      if (text ~ /^[^ ]/ && text !~ /private/) home[two[2]] = count
      own[count, two[2]] = 1
    }
    close(path)
  }
  for (i = 1; i <= count; i++) {
    while ((getline text < paths[i]) > 0) {
      text = code(text)
      while (match(text, /\.?[A-Za-z_][A-Za-z0-9_]*/)) {
        word = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (word in home && !((i, word) in own)) reaches[i, home[word]] = 1
      }
    }
    close(paths[i])
  }
  for (k = 1; k <= count; k++)
    for (i = 1; i <= count; i++) {
      if (!((i, k) in reaches)) continue
      for (j = 1; j <= count; j++) if ((k, j) in reaches) reaches[i, j] = 1
    }
  for (i = 1; i <= count; i++) {
    if (i in seen) continue
    circle = ""; size = 0
    for (j = 1; j <= count; j++)
      if ((i, j) in reaches && (j, i) in reaches) { seen[j] = 1; circle = circle " " paths[j]; size++ }
    if (size > limit) print size " files know each other in a circle:" circle
  }
}
