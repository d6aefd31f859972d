# Finds in a module's folders what uses something that a later folder declares.
#
# `list` names a file with an order and a path on each line; 0 stands for the modules below. A name counts as declared
# in the first folder that declares it in any way, so that a member that has the name of an earlier one is not
# found: the compiler alone could tell them apart.
function code(text) { sub(/\/\/.*/, "", text); gsub(/"([^"\\]|\\.)*"/, "\"\"", text); return text }
function declared(name, place) {
  if (!(name in lowest) || place < lowest[name]) lowest[name] = place
}
BEGIN {
  # What the standard library has too.
  count = split("append prefix isEmpty keys joined decode count contains Iterator removeAll filter error rawValue header escaped", own, " ")
  for (k = 1; k <= count; k++) lowest[own[k]] = 0
  while ((getline line < list) > 0) {
    split(line, part, " "); place = part[1]; path = part[2]
    isInText = 0
    while ((getline text < path) > 0) {
      if (text ~ /"""/) { n = gsub(/"""/, "\"\"\"", text); if (n == 1) isInText = !isInText; continue }
      if (isInText) continue
      text = code(text)
      if (text ~ /^ *(case) / && text !~ /:$/ && text !~ /case (let|\.)/) {
        rest = text; sub(/^ *case /, "", rest); gsub(/\([^)]*\)/, "", rest)
        m = split(rest, names, /[ ,=]+/)
        for (k = 1; k <= m; k++) if (names[k] ~ /^[a-z]/) declared(names[k], place)
      }
      isFirst = 1
      while (match(text, /(func|var|let|struct|class|enum|protocol|actor|typealias|associatedtype|macro) +[A-Za-z_][A-Za-z0-9_]*/)) {
        found = substr(text, RSTART, RLENGTH)
        split(found, two, / +/)
        head = substr(text, 1, RSTART - 1)
        # What follows on the same line stands inside of the first.
        isTop = isFirst && (head ~ /^[^ ]/ || RSTART == 1)
        isMember = isFirst && (head ~ /^  [^ ]/ || head ~ /^  $/)
        isFirst = 0
        isOpen = head !~ /private/
        declared(two[2], place)
        if (isOpen && isTop) symbol[two[2]] = 1
        if (isOpen && isMember) member[two[2]] = 1
        text = substr(text, RSTART + RLENGTH)
      }
    }
    close(path)
  }
  close(list)
  while ((getline line < list) > 0) {
    split(line, part, " "); place = part[1]; path = part[2]
    if (place == 0) continue
    isInText = 0; number = 0
    while ((getline text < path) > 0) {
      number++
      if (text ~ /"""/) { n = gsub(/"""/, "\"\"\"", text); if (n == 1) isInText = !isInText; continue }
      if (isInText) continue
      text = code(text)
      rest = text
      while (match(rest, /\.?[A-Za-z_][A-Za-z0-9_]*/)) {
        word = substr(rest, RSTART, RLENGTH)
        before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : ""
        after = substr(rest, RSTART + RLENGTH, 1)
        rest = substr(rest, RSTART + RLENGTH)
        if (word ~ /^\./) {
          name = substr(word, 2)
          if (before == "." || !(name in member) && !(name in symbol)) continue
        } else {
          name = word
          if (!(name in symbol) || after == ":") continue
        }
        if (lowest[name] > place) print path ":" number " uses " name
      }
    }
    close(path)
  }
}
