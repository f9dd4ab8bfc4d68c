# An older version, or somebody else, may have written more into the list than plain words.
BEGIN { typed = toupper(ENVIRON["typed"]) }
/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/ && length($0) <= 200 {
  if (index(toupper($0), typed) == 1) ids[++count] = $0
  short = toupper($0)
  if (!sub(/^IDX_REFRATE_(PRIMKT|VWAP)_/, "", short)) sub(/^IDX_[^_]*_/, "", short)
  if (index(short, typed) == 1 && !(short in known)) names[++short_count] = known[short] = short
}
END {
  if (!count && ENVIRON["typed"] == tolower(typed)) for (i in names) names[i] = tolower(names[i])
  if (!count) for (i = 1; i <= short_count; i++) ids[++count] = names[i]
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
