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

# INDEX_IDS_SAYS
_idxstream_offer_ids() {
  local cache=${XDG_CACHE_HOME-} found
  local -a ids=()
  [[ $cache == /* ]] || cache=$HOME/.cache
  [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches
  cache+=/idxstream/indexes.txt
  [[ -f $cache && -r $cache ]] || return
  found=$(LC_ALL=C typed=${1#[\'\"]} awk 'INDEX_IDS_AWK' "$cache")
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
