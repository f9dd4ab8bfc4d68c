# Made by completions/generate.py from the options of idxstream; a change here is lost at the next run.

# The commands below the command $1, into REPLY; false when there is nothing.
_idxstream_commands() {
  case "$1" in
    '') REPLY='check config doctor engine get help history indexes merge simulate version watch' ;;
    'config') REPLY='path set-key show' ;;
    'engine') REPLY='create info' ;;
    *) REPLY='' && return 1 ;;
  esac
}

# The options of the command $1, into REPLY; false when there is nothing.
_idxstream_options() {
  case "$1" in
    '') REPLY='
      -V --version
      --config
      --profile
      -v --verbose
      -q --quiet
      -h --help' ;;
    'check') REPLY='
      --allow
      -f --format
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'config') REPLY='
      -h --help' ;;
    'config path') REPLY='
      --config
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'config set-key') REPLY='
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'config show') REPLY='
      --changed
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'doctor') REPLY='
      -f --format
      --report
      --api-key
      --api-key-file
      --auth
      --url
      --rest-url
      --allow-plaintext
      --ca-file
      --connect-timeout
      --engine
      --engine-user-file
      --engine-creds
      --demo
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'engine') REPLY='
      -h --help' ;;
    'engine create') REPLY='
      --replicas
      --max-age
      --max-bytes
      --engine-user-file
      --engine-creds
      --allow-plaintext
      --ca-file
      --connect-timeout
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'engine info') REPLY='
      --last
      -f --format
      --engine-user-file
      --engine-creds
      --allow-plaintext
      --ca-file
      --connect-timeout
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'get') REPLY='
      --timeout
      -f --format
      --api-key
      --api-key-file
      --auth
      --url
      --rest-url
      --allow-plaintext
      --ca-file
      --connect-timeout
      --demo
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'help') REPLY='
      -h --help' ;;
    'history') REPLY='
      --since
      --until
      --gaps
      --period
      -o --output
      -f --format
      --header
      --no-header
      --max-calls
      --page-size
      --api-key
      --api-key-file
      --url
      --rest-url
      --allow-plaintext
      --ca-file
      --connect-timeout
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'indexes') REPLY='
      --refresh
      -f --format
      --api-key
      --api-key-file
      --url
      --rest-url
      --allow-plaintext
      --ca-file
      --connect-timeout
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'merge') REPLY='
      -o --output
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'simulate') REPLY='
      --host
      --port
      --seed
      --rate
      --replay
      --speed
      --past
      --rest-calls
      --api-key
      --restart-every
      --within
      --drop-every
      --freeze-after
      --error
      --delay
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    'version') REPLY='
      -h --help' ;;
    'watch') REPLY='
      --ids-from
      --all
      --heartbeat
      --no-heartbeat
      --update-limit-ms
      --api-key
      --api-key-file
      --auth
      --url
      --rest-url
      --allow-plaintext
      --ca-file
      --connect-timeout
      --demo
      --reconnect
      --redundant
      --stale-after
      --give-up-after
      -f --format
      -o --output
      --fsync
      --wait-lock
      --fields
      --sort
      --header
      --no-header
      --include
      --bars
      --alert
      --exec
      --event-log
      --metrics
      --stats
      --since
      --engine-user-file
      --engine-creds
      --spool
      --takeover-after
      --engine-name
      -n --count
      -d --duration
      --max-bytes
      --idle-timeout
      --config
      --profile
      -v --verbose
      -q --quiet
      -V --version
      -h --help' ;;
    *) REPLY='' && return 1 ;;
  esac
}

# What the option $2 of the command $1 takes, into REPLY; false when there is nothing.
_idxstream_value() {
  case "$1:$2" in
    ':--config') REPLY='file' ;;
    ':--profile') REPLY='plain' ;;
    'check:--allow') REPLY='list torn undecodable columns compression gap doubled backwards' ;;
    'check:-f' | 'check:--format') REPLY='choice auto table ndjson' ;;
    'check:--config') REPLY='file' ;;
    'check:--profile') REPLY='plain' ;;
    'config path:--config') REPLY='file' ;;
    'config set-key:--profile') REPLY='plain' ;;
    'config show:--config') REPLY='file' ;;
    'config show:--profile') REPLY='plain' ;;
    'doctor:-f' | 'doctor:--format') REPLY='choice auto table ndjson' ;;
    'doctor:--report') REPLY='file' ;;
    'doctor:--api-key') REPLY='plain' ;;
    'doctor:--api-key-file') REPLY='file' ;;
    'doctor:--auth') REPLY='choice header query hello' ;;
    'doctor:--url') REPLY='plain' ;;
    'doctor:--rest-url') REPLY='plain' ;;
    'doctor:--ca-file') REPLY='file' ;;
    'doctor:--connect-timeout') REPLY='plain' ;;
    'doctor:--engine') REPLY='plain' ;;
    'doctor:--engine-user-file') REPLY='file' ;;
    'doctor:--engine-creds') REPLY='file' ;;
    'doctor:--config') REPLY='file' ;;
    'doctor:--profile') REPLY='plain' ;;
    'engine create:--replicas') REPLY='plain' ;;
    'engine create:--max-age') REPLY='plain' ;;
    'engine create:--max-bytes') REPLY='plain' ;;
    'engine create:--engine-user-file') REPLY='file' ;;
    'engine create:--engine-creds') REPLY='file' ;;
    'engine create:--ca-file') REPLY='file' ;;
    'engine create:--connect-timeout') REPLY='plain' ;;
    'engine create:--config') REPLY='file' ;;
    'engine create:--profile') REPLY='plain' ;;
    'engine info:--last') REPLY='plain' ;;
    'engine info:-f' | 'engine info:--format') REPLY='choice text ndjson' ;;
    'engine info:--engine-user-file') REPLY='file' ;;
    'engine info:--engine-creds') REPLY='file' ;;
    'engine info:--ca-file') REPLY='file' ;;
    'engine info:--connect-timeout') REPLY='plain' ;;
    'engine info:--config') REPLY='file' ;;
    'engine info:--profile') REPLY='plain' ;;
    'get:--timeout') REPLY='plain' ;;
    'get:-f' | 'get:--format') REPLY='choice text ndjson csv' ;;
    'get:--api-key') REPLY='plain' ;;
    'get:--api-key-file') REPLY='file' ;;
    'get:--auth') REPLY='choice header query hello' ;;
    'get:--url') REPLY='plain' ;;
    'get:--rest-url') REPLY='plain' ;;
    'get:--ca-file') REPLY='file' ;;
    'get:--connect-timeout') REPLY='plain' ;;
    'get:--config') REPLY='file' ;;
    'get:--profile') REPLY='plain' ;;
    'history:--since') REPLY='plain' ;;
    'history:--until') REPLY='plain' ;;
    'history:--gaps') REPLY='file' ;;
    'history:--period') REPLY='plain' ;;
    'history:-o' | 'history:--output') REPLY='file' ;;
    'history:-f' | 'history:--format') REPLY='choice auto ndjson csv' ;;
    'history:--max-calls') REPLY='plain' ;;
    'history:--page-size') REPLY='plain' ;;
    'history:--api-key') REPLY='plain' ;;
    'history:--api-key-file') REPLY='file' ;;
    'history:--url') REPLY='plain' ;;
    'history:--rest-url') REPLY='plain' ;;
    'history:--ca-file') REPLY='file' ;;
    'history:--connect-timeout') REPLY='plain' ;;
    'history:--config') REPLY='file' ;;
    'history:--profile') REPLY='plain' ;;
    'indexes:-f' | 'indexes:--format') REPLY='choice auto table ndjson csv' ;;
    'indexes:--api-key') REPLY='plain' ;;
    'indexes:--api-key-file') REPLY='file' ;;
    'indexes:--url') REPLY='plain' ;;
    'indexes:--rest-url') REPLY='plain' ;;
    'indexes:--ca-file') REPLY='file' ;;
    'indexes:--connect-timeout') REPLY='plain' ;;
    'indexes:--config') REPLY='file' ;;
    'indexes:--profile') REPLY='plain' ;;
    'merge:-o' | 'merge:--output') REPLY='file' ;;
    'simulate:--host') REPLY='plain' ;;
    'simulate:--port') REPLY='plain' ;;
    'simulate:--seed') REPLY='plain' ;;
    'simulate:--rate') REPLY='plain' ;;
    'simulate:--replay') REPLY='plain' ;;
    'simulate:--speed') REPLY='plain' ;;
    'simulate:--past') REPLY='plain' ;;
    'simulate:--rest-calls') REPLY='plain' ;;
    'simulate:--api-key') REPLY='plain' ;;
    'simulate:--restart-every') REPLY='plain' ;;
    'simulate:--within') REPLY='plain' ;;
    'simulate:--drop-every') REPLY='plain' ;;
    'simulate:--freeze-after') REPLY='plain' ;;
    'simulate:--error') REPLY='plain' ;;
    'simulate:--delay') REPLY='plain' ;;
    'simulate:--config') REPLY='file' ;;
    'simulate:--profile') REPLY='plain' ;;
    'watch:--ids-from') REPLY='file' ;;
    'watch:--update-limit-ms') REPLY='plain' ;;
    'watch:--api-key') REPLY='plain' ;;
    'watch:--api-key-file') REPLY='file' ;;
    'watch:--auth') REPLY='choice header query hello' ;;
    'watch:--url') REPLY='plain' ;;
    'watch:--rest-url') REPLY='plain' ;;
    'watch:--ca-file') REPLY='file' ;;
    'watch:--connect-timeout') REPLY='plain' ;;
    'watch:--reconnect') REPLY='choice handover immediate wait never' ;;
    'watch:--stale-after') REPLY='plain' ;;
    'watch:--give-up-after') REPLY='plain' ;;
    'watch:-f' | 'watch:--format') REPLY='choice auto table csv ndjson' ;;
    'watch:-o' | 'watch:--output') REPLY='file' ;;
    'watch:--fsync') REPLY='plain' ;;
    'watch:--wait-lock') REPLY='plain' ;;
    'watch:--fields') REPLY='list type index_id time_coinapi value time_received latency_ms stream_sequence stream_line' ;;
    'watch:--sort') REPLY='choice asked id change activity quiet' ;;
    'watch:--include') REPLY='list gap heartbeat reconnect' ;;
    'watch:--bars') REPLY='plain' ;;
    'watch:--alert') REPLY='plain' ;;
    'watch:--exec') REPLY='plain' ;;
    'watch:--event-log') REPLY='file' ;;
    'watch:--metrics') REPLY='file' ;;
    'watch:--stats') REPLY='plain' ;;
    'watch:--since') REPLY='plain' ;;
    'watch:--engine-user-file') REPLY='file' ;;
    'watch:--engine-creds') REPLY='file' ;;
    'watch:--spool') REPLY='file' ;;
    'watch:--takeover-after') REPLY='plain' ;;
    'watch:--engine-name') REPLY='plain' ;;
    'watch:-n' | 'watch:--count') REPLY='plain' ;;
    'watch:-d' | 'watch:--duration') REPLY='plain' ;;
    'watch:--max-bytes') REPLY='plain' ;;
    'watch:--idle-timeout') REPLY='plain' ;;
    'watch:--config') REPLY='file' ;;
    'watch:--profile') REPLY='plain' ;;
    *) REPLY='' && return 1 ;;
  esac
}

# What argument number $2 of the command $1 is, into REPLY; false when there is nothing.
_idxstream_argument() {
  case "$1:$2" in
    'check:'*) REPLY='file' ;;
    'doctor:'1) REPLY='index_id' ;;
    'get:'*) REPLY='index_id' ;;
    'help:'*) REPLY='index_id' ;;
    'history:'*) REPLY='index_id' ;;
    'indexes:'*) REPLY='index_id' ;;
    'merge:'*) REPLY='file' ;;
    'watch:'*) REPLY='index_id' ;;
    *) REPLY='' && return 1 ;;
  esac
}

# shellcheck disable=SC2086 # the answers of the tables are lists of words
_idxstream() {
  local IFS=$' \t\n' REPLY='' command='' awaited='' options_over='' position=1 current
  local redirection='^[0-9&]*[<>]'
  local -a words=()
  COMPREPLY=()
  _idxstream_words
  _idxstream_walk
  current=${words[${#words[@]} - 1]}
  if [[ -n $awaited ]]; then
    _idxstream_offer "$current" $awaited
  elif [[ $current =~ $redirection ]]; then
    _idxstream_offer "$current" file
  elif [[ -z $options_over && $current == --*=* ]]; then
    _idxstream_value "$command" "${current%%=*}" && _idxstream_offer_after_equals
  elif [[ -z $options_over && $current == -* ]]; then
    _idxstream_options "$command" && _idxstream_match "$current" $REPLY
  elif _idxstream_commands "$command"; then
    _idxstream_match "$current" $REPLY
  elif _idxstream_argument "$command" "$position"; then
    _idxstream_offer "$current" $REPLY
  fi
}

# The line up to the cursor, cut at blanks only: COMP_WORDS is cut at = and : too.
_idxstream_words() {
  local rest=${COMP_LINE:0:COMP_POINT} part blanks
  for part in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
    blanks=${rest%%[![:space:]]*}
    rest=${rest:${#blanks}}
    [[ -n $blanks || ${#words[@]} -eq 0 ]] && words+=('')
    words[${#words[@]} - 1]+=${rest:0:${#part}}
    rest=${rest:${#part}}
  done
}

# From the words before the cursor: the command, what the cursor's word must be, and which argument it is.
_idxstream_walk() {
  local i word
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ -n $awaited ]]; then
      awaited=''
    elif [[ $word =~ $redirection ]]; then
      [[ $word == *[\<\>\|\&] ]] && awaited="file"
    elif [[ -z $options_over && $word == -- ]]; then
      options_over=yes
    elif [[ -z $options_over && $word == -?* ]]; then
      _idxstream_await "$word"
    elif _idxstream_commands "$command" && [[ " $REPLY " == *" $word "* ]]; then
      command+=${command:+ }$word
    else
      ((position += 1))
    fi
  done
}

# Whether the option $1 takes the next word: --x=y has its value, and of -qf only the last letter can want one.
_idxstream_await() {
  local i
  if [[ $1 == --* ]]; then
    [[ $1 == *=* ]] || { _idxstream_value "$command" "$1" && awaited=$REPLY; }
    return
  fi
  for ((i = 1; i < ${#1}; i++)); do
    if _idxstream_value "$command" "-${1:i:1}"; then
      ((i + 1 < ${#1})) || awaited=$REPLY
      return
    fi
  done
}

# $1: what is typed, $2: plain, choice, list, file or index_id, then the words of a choice or list.
_idxstream_offer() {
  case $2 in
    choice) _idxstream_match "$1" "${@:3}" ;;
    list) _idxstream_offer_list "$1" "${@:3}" ;;
    file) compopt -o default ;;
    index_id) _idxstream_offer_ids "$1" ;;
  esac
}

# Readline replaces only what follows the =, unless the user took it from COMP_WORDBREAKS.
_idxstream_offer_after_equals() {
  local i
  # shellcheck disable=SC2086
  _idxstream_offer "${current#*=}" $REPLY
  [[ $COMP_WORDBREAKS == *=* ]] && return
  for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
    COMPREPLY[i]="${current%%=*}=${COMPREPLY[i]}"
  done
}

# The names that $1, a comma list, does not have yet; no blank after one, for the next comma.
_idxstream_offer_list() {
  local begun=${1%"${1##*,}"} name
  compopt -o nospace
  for name in "${@:2}"; do
    [[ ,$begun == *",$name,"* ]] || _idxstream_match "$1" "$begun$name"
  done
}

# No compgen: it would run what $(…) in a word says.
_idxstream_match() {
  local word
  for word in "${@:2}"; do
    [[ $word == "$1"* ]] && COMPREPLY+=("$word")
  done
}

# Of up to 500 ids all; of more only how they go on: what they have in common, and one letter.
_idxstream_offer_ids() {
  local cache=${XDG_CACHE_HOME-} found
  local -a ids=()
  [[ $cache == /* ]] || cache=$HOME/.cache
  [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches
  cache+=/idxstream/indexes.txt
  [[ -f $cache && -r $cache ]] || return
  found=$(LC_ALL=C typed=${1#[\'\"]} awk '
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
' "$cache")
  [[ -n $found ]] || return
  mapfile -t ids <<<"$found"
  _idxstream_match_behind_colon "$1" "${ids[@]}"
}

# Of what begins with $1, whatever its case: readline replaces only what follows a colon, so before it the case counts.
_idxstream_match_behind_colon() {
  local begun='' word
  [[ $COMP_WORDBREAKS == *:* && $1 != [\'\"]* ]] && begun=${1%"${1##*:}"}
  for word in "${@:2}"; do
    [[ $word == "$begun"* ]] && COMPREPLY+=("${word:${#begun}}")
  done
}

# bash 3, as macOS has it, lacks compopt and mapfile: there nothing is completed.
((BASH_VERSINFO[0] >= 4)) && complete -F _idxstream idxstream
