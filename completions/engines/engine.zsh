# INDEX_IDS_SAYS
_idxstream_index_ids() {
  local cache=${XDG_CACHE_HOME-} expl
  local -a ids
  [[ $cache == /* ]] || cache=$HOME/.cache
  [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches
  cache+=/idxstream/indexes.txt
  [[ -f $cache && -r $cache ]] || return 1
  ids=(${(f)"$(LC_ALL=C typed=$PREFIX awk 'INDEX_IDS_AWK' $cache)"})
  _wanted index-ids expl 'index id' compadd -M 'm:{a-z}={A-Z}' -a ids
}

# Sourced, it registers itself; found in fpath, it is the body of the function and runs at the first Tab.
if [[ $funcstack[1] == _idxstream ]]; then
  _idxstream "$@"
elif (( $+functions[compdef] )); then
  compdef _idxstream idxstream
fi
