_idxstream_index_ids() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache} expl
  local -a ids
  [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches
  [[ -r $cache/idxstream/indexes.txt ]] || return 1
  ids=(${(f)"$(<$cache/idxstream/indexes.txt)"})
  _wanted index-ids expl 'index id' compadd -a ids
}

# Sourced, it registers itself; found in fpath, it is the body of the function and runs at the first Tab.
if [[ $funcstack[1] == _idxstream ]]; then
  _idxstream "$@"
elif (( $+functions[compdef] )); then
  compdef _idxstream idxstream
fi
