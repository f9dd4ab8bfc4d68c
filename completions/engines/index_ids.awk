# An older version, or somebody else, may have written more into the list than plain words.
/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/ && length($0) <= 200 && index(toupper($0), toupper(ENVIRON["typed"])) == 1 {
  ids[++count] = $0
}
END {
  if (count <= 500) {
    for (i = 1; i <= count; i++) print ids[i]
    exit
  }
  common = length(ids[1])
  for (i = 2; i <= count; i++)
    while (substr(ids[i], 1, common) != substr(ids[1], 1, common)) common--
  for (i = 1; i <= count; i++) {
    stem = substr(ids[i], 1, common + 1)
    if (!(stem in seen)) print stem
    seen[stem]
  }
}
