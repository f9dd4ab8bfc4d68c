# Made by completions/generate.py from the options of idxstream; a change here is lost at the next run.

# Each command, after the one that it is below.
set -g __idxstream_commands \
    ':check' \
    ':config' \
    ':doctor' \
    ':engine' \
    ':get' \
    ':help' \
    ':history' \
    ':indexes' \
    ':merge' \
    ':simulate' \
    ':version' \
    ':watch' \
    'config:path' \
    'config:set-key' \
    'config:show' \
    'engine:create' \
    'engine:info' \
    ''

# Each option that takes a value, after its command.
set -g __idxstream_valued \
    ':--config' \
    ':--profile' \
    'check:--allow' \
    'check:-f' \
    'check:--format' \
    'check:--config' \
    'check:--profile' \
    'config path:--config' \
    'config set-key:--profile' \
    'config show:--config' \
    'config show:--profile' \
    'doctor:-f' \
    'doctor:--format' \
    'doctor:--report' \
    'doctor:--api-key' \
    'doctor:--api-key-file' \
    'doctor:--auth' \
    'doctor:--url' \
    'doctor:--rest-url' \
    'doctor:--ca-file' \
    'doctor:--connect-timeout' \
    'doctor:--engine' \
    'doctor:--engine-user-file' \
    'doctor:--engine-creds' \
    'doctor:--config' \
    'doctor:--profile' \
    'engine create:--replicas' \
    'engine create:--max-age' \
    'engine create:--max-bytes' \
    'engine create:--engine-user-file' \
    'engine create:--engine-creds' \
    'engine create:--ca-file' \
    'engine create:--connect-timeout' \
    'engine create:--config' \
    'engine create:--profile' \
    'engine info:--last' \
    'engine info:-f' \
    'engine info:--format' \
    'engine info:--engine-user-file' \
    'engine info:--engine-creds' \
    'engine info:--ca-file' \
    'engine info:--connect-timeout' \
    'engine info:--config' \
    'engine info:--profile' \
    'get:--timeout' \
    'get:-f' \
    'get:--format' \
    'get:--api-key' \
    'get:--api-key-file' \
    'get:--auth' \
    'get:--url' \
    'get:--rest-url' \
    'get:--ca-file' \
    'get:--connect-timeout' \
    'get:--config' \
    'get:--profile' \
    'history:--since' \
    'history:--until' \
    'history:--gaps' \
    'history:--period' \
    'history:-o' \
    'history:--output' \
    'history:-f' \
    'history:--format' \
    'history:--max-calls' \
    'history:--page-size' \
    'history:--api-key' \
    'history:--api-key-file' \
    'history:--url' \
    'history:--rest-url' \
    'history:--ca-file' \
    'history:--connect-timeout' \
    'history:--config' \
    'history:--profile' \
    'indexes:-f' \
    'indexes:--format' \
    'indexes:--api-key' \
    'indexes:--api-key-file' \
    'indexes:--url' \
    'indexes:--rest-url' \
    'indexes:--ca-file' \
    'indexes:--connect-timeout' \
    'indexes:--config' \
    'indexes:--profile' \
    'merge:-o' \
    'merge:--output' \
    'simulate:--host' \
    'simulate:--port' \
    'simulate:--seed' \
    'simulate:--rate' \
    'simulate:--replay' \
    'simulate:--speed' \
    'simulate:--past' \
    'simulate:--rest-calls' \
    'simulate:--api-key' \
    'simulate:--restart-every' \
    'simulate:--within' \
    'simulate:--drop-every' \
    'simulate:--freeze-after' \
    'simulate:--error' \
    'simulate:--delay' \
    'simulate:--config' \
    'simulate:--profile' \
    'watch:--ids-from' \
    'watch:--update-limit-ms' \
    'watch:--api-key' \
    'watch:--api-key-file' \
    'watch:--auth' \
    'watch:--url' \
    'watch:--rest-url' \
    'watch:--ca-file' \
    'watch:--connect-timeout' \
    'watch:--reconnect' \
    'watch:--stale-after' \
    'watch:--give-up-after' \
    'watch:-f' \
    'watch:--format' \
    'watch:-o' \
    'watch:--output' \
    'watch:--fsync' \
    'watch:--wait-lock' \
    'watch:--fields' \
    'watch:--sort' \
    'watch:--include' \
    'watch:--bars' \
    'watch:--alert' \
    'watch:--exec' \
    'watch:--event-log' \
    'watch:--metrics' \
    'watch:--stats' \
    'watch:--since' \
    'watch:--engine-user-file' \
    'watch:--engine-creds' \
    'watch:--spool' \
    'watch:--takeover-after' \
    'watch:--engine-name' \
    'watch:-n' \
    'watch:--count' \
    'watch:-d' \
    'watch:--duration' \
    'watch:--max-bytes' \
    'watch:--idle-timeout' \
    'watch:--config' \
    'watch:--profile' \
    ''

# True when the line's command is $argv[1] and, if given, the cursor is on one of its arguments $argv[2] to $argv[3].
function __idxstream_at
    set -l command ''
    set -l number 1
    set -l awaits ''
    set -l options_over ''
    for word in (commandline -opc)[2..-1]
        if test -n "$awaits"
            set awaits ''
        else if test -z "$options_over"; and test "$word" = --
            set options_over yes
        else if test -z "$options_over"; and string match -qr -- '^-.' $word
            set awaits (__idxstream_awaits "$command" $word)
        else if contains -- "$command:$word" $__idxstream_commands
            set command (string trim -- "$command $word")
        else
            set number (math $number + 1)
        end
    end
    test "$command" = "$argv[1]"
    and begin
        not set -q argv[2]
        or test $number -ge $argv[2] -a $number -le $argv[3]
    end
end

# Prints yes when the option $argv[2] of the command $argv[1] takes the next word: of -qf only the last letter can.
function __idxstream_awaits
    switch $argv[2]
        case '--*'
            contains -- "$argv[1]:$argv[2]" $__idxstream_valued; and echo yes
        case '*'
            set -l waiting ''
            for letter in (string split '' -- (string sub -s 2 -- $argv[2]))
                test -n "$waiting"; and return
                contains -- "$argv[1]:-$letter" $__idxstream_valued; and set waiting yes
            end
            echo $waiting
    end
end

# The typed comma list with each of $argv that it does not have yet. After the only one that fits fish would put a
# blank; the same with a comma, as a second candidate, keeps it from that.
function __idxstream_comma_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '')
    set -l offers
    set -l begun (string replace -r -- '[^,]*$' '' "$typed")
    for name in $argv
        contains -- $name (string split , -- "$begun"); or set -a offers $begun$name
    end
    string join \n -- $offers
    set -l fitting (string match -r -- '^'(string escape --style=regex -- "$typed")'.*' $offers)
    test (count $fitting) -eq 1; and echo $fitting,
end

# Of up to 500 ids all; of more only how they go on: what they have in common, and one letter.
function __idxstream_index_ids
    set -l typed (commandline -ct | string trim -l -c '\'"')
    string match -q -- '-*' "$typed"; and return
    set -l cache $HOME/.cache
    string match -q -- '/*' "$XDG_CACHE_HOME"; and set cache $XDG_CACHE_HOME
    test (uname) = Darwin; and set cache $HOME/Library/Caches
    set -l list $cache/idxstream/indexes.txt
    test -f $list -a -r $list; or return
    LC_ALL=C typed="$typed" awk '
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
' $list
end

complete -c idxstream -f

complete -c idxstream -n "__idxstream_at '' 1 1" -a 'check' -d 'Is this record whole? Report what is missing, doubled, torn or out of order.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'config' -d 'What settings are in force, and the key in the keyring.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'doctor' -d 'Check step by step why a feed does not come.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'engine' -d 'Make, or look at, the stream of an engine that `watch -o nats://…` writes to.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'get' -d 'The current value of each index, then exit.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'help' -d 'Show the help of a command, as --help does.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'history' -d 'Past values or bars, over REST, in order of time.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'indexes' -d 'List the index ids there are.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'merge' -d 'Captures of the same feed by several machines become one: what any of them has, once.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'simulate' -d 'A local server that speaks the feed\'s protocol, with faults on request.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'version' -d 'Show the version, as --version does.'
complete -c idxstream -n "__idxstream_at '' 1 1" -a 'watch' -d 'Subscribe, and write each value as it comes.'
complete -c idxstream -n "__idxstream_at ''" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at ''" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at ''" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at ''" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at ''" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at ''" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'check' 1 9999" -F
complete -c idxstream -n "__idxstream_at 'check'" -l allow -x -a '(__idxstream_comma_list torn undecodable columns compression gap doubled backwards)' -d 'Findings that are fine: torn, undecodable, columns, compression, gap, doubled, backwards.'
complete -c idxstream -n "__idxstream_at 'check'" -s f -l format -x -a 'auto table ndjson' -d 'auto is a report with a table by index on a terminal, else ndjson.'
complete -c idxstream -n "__idxstream_at 'check'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'check'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'check'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'check'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'check'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'check'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'config' 1 1" -a 'path' -d 'Print where the settings file is, or would be.'
complete -c idxstream -n "__idxstream_at 'config' 1 1" -a 'set-key' -d 'Put the API key into the system\'s keyring.'
complete -c idxstream -n "__idxstream_at 'config' 1 1" -a 'show' -d 'Print the settings in force, and where from.'
complete -c idxstream -n "__idxstream_at 'config'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'config path'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'config path'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'config path'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'config path'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'config path'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'config set-key'" -l profile -x -d 'Store a key for this profile only.'
complete -c idxstream -n "__idxstream_at 'config set-key'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'config set-key'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'config set-key'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'config set-key'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'config show'" -l changed -d 'Only what is not a default.'
complete -c idxstream -n "__idxstream_at 'config show'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'config show'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'config show'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'config show'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'config show'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'config show'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'doctor' 1 1" -a '(__idxstream_index_ids)'
complete -c idxstream -n "__idxstream_at 'doctor'" -s f -l format -x -a 'auto table ndjson' -d 'auto is a table on a terminal, else ndjson: step, ok, seconds, detail, hint.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l report -r -F -d 'Write everything, with details of the system, to a file for support; never the key.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l api-key -x -d 'The API key. Process lists show it: the environment or --api-key-file is safer.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l api-key-file -r -F -d 'Read the API key from a file.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l auth -x -a 'header query hello' -d 'Where the key goes.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l url -x -d 'The feed.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l rest-url -x -d 'The REST server, which has the list of indexes, for globs and short names.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l engine -x -d 'Examine the stream nats://HOST/STREAM of an engine instead of the feed.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l engine-user-file -r -F -d 'Read USER:PASSWORD, or a token, for the engine from a file.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l engine-creds -r -F -d 'NATS credentials for the engine: a claim and a seed.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l demo -d 'Examine a built-in simulator: no key and no network needed.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'doctor'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'doctor'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'doctor'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'doctor'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'doctor'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'engine' 1 1" -a 'create' -d 'Make the stream, with the settings that its promise needs. One that exists is left as it is.'
complete -c idxstream -n "__idxstream_at 'engine' 1 1" -a 'info' -d 'Who writes, what came last and when, and whether the end of the chain is whole.'
complete -c idxstream -n "__idxstream_at 'engine'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'engine create'" -l replicas -x -d 'On how many servers of a cluster it is kept.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l max-age -x -d 'Delete what is older.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l max-bytes -x -d 'Delete the oldest when it is larger.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l engine-user-file -r -F -d 'Read USER:PASSWORD, or a token, for the engine from a file.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l engine-creds -r -F -d 'NATS credentials for the engine: a claim and a seed.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'engine create'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'engine create'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'engine create'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'engine create'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'engine create'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'engine info'" -l last -x -d 'Verify the chain of so many messages at its end.'
complete -c idxstream -n "__idxstream_at 'engine info'" -s f -l format -x -a 'text ndjson' -d 'text for people, ndjson for programs.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l engine-user-file -r -F -d 'Read USER:PASSWORD, or a token, for the engine from a file.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l engine-creds -r -F -d 'NATS credentials for the engine: a claim and a seed.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'engine info'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'engine info'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'engine info'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'engine info'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'engine info'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'get' 1 9999" -a '(__idxstream_index_ids)'
complete -c idxstream -n "__idxstream_at 'get'" -l timeout -x -d 'How long to wait; then exit with code 5 and name what did not come.'
complete -c idxstream -n "__idxstream_at 'get'" -s f -l format -x -a 'text ndjson csv' -d 'text is the value alone, or of several indexes ID, tab, value.'
complete -c idxstream -n "__idxstream_at 'get'" -l api-key -x -d 'The API key. Process lists show it: the environment or --api-key-file is safer.'
complete -c idxstream -n "__idxstream_at 'get'" -l api-key-file -r -F -d 'Read the API key from a file.'
complete -c idxstream -n "__idxstream_at 'get'" -l auth -x -a 'header query hello' -d 'Where the key goes.'
complete -c idxstream -n "__idxstream_at 'get'" -l url -x -d 'The feed.'
complete -c idxstream -n "__idxstream_at 'get'" -l rest-url -x -d 'The REST server, which has the list of indexes, for globs and short names.'
complete -c idxstream -n "__idxstream_at 'get'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'get'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'get'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'get'" -l demo -d 'Ask a built-in simulator: no key and no network needed.'
complete -c idxstream -n "__idxstream_at 'get'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'get'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'get'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'get'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'get'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'get'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'help' 1 9999" -a '(__idxstream_index_ids)'
complete -c idxstream -n "__idxstream_at 'help'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'history' 1 9999" -a '(__idxstream_index_ids)'
complete -c idxstream -n "__idxstream_at 'history'" -l since -x -d 'From then on: 2026-11-26T10:00:00Z, UTC unless it says otherwise, or 2h, which is two hours ago.'
complete -c idxstream -n "__idxstream_at 'history'" -l until -x -d 'Up to then, which is not included; up to now, if left out.'
complete -c idxstream -n "__idxstream_at 'history'" -l gaps -r -F -d 'Instead of --since and --until: what a .gaps.ndjson says that a capture lacks.'
complete -c idxstream -n "__idxstream_at 'history'" -l period -x -d 'raw: values. Else the length of bars: 1SEC, 1MIN, 5MIN, 1HRS, 1DAY, 1MTH; 1m and 1h do, too.'
complete -c idxstream -n "__idxstream_at 'history'" -s o -l output -r -F -d 'Write to a file; one that an earlier run left is continued. %Y-%m-%d and other strftime fields begin another file by the time of the value, UTC; .gz and .zst compress.'
complete -c idxstream -n "__idxstream_at 'history'" -s f -l format -x -a 'auto ndjson csv' -d 'auto: by the name of the file, else ndjson.'
complete -c idxstream -n "__idxstream_at 'history'" -l header -d 'csv: a header line at the top of each file or of stdout.'
complete -c idxstream -n "__idxstream_at 'history'" -l no-header -d 'Off: csv: a header line at the top of each file or of stdout.'
complete -c idxstream -n "__idxstream_at 'history'" -l max-calls -x -d 'Ask for nothing if it would take more calls than that; 100 items count as one call.'
complete -c idxstream -n "__idxstream_at 'history'" -l page-size -x -d 'Items a request. More take less time; a run that is killed has asked in vain for as many at most.'
complete -c idxstream -n "__idxstream_at 'history'" -l api-key -x -d 'The API key. Process lists show it: the environment or --api-key-file is safer.'
complete -c idxstream -n "__idxstream_at 'history'" -l api-key-file -r -F -d 'Read the API key from a file.'
complete -c idxstream -n "__idxstream_at 'history'" -l url -x -d 'The feed. If it is on this machine, its own list is shown.'
complete -c idxstream -n "__idxstream_at 'history'" -l rest-url -x -d 'The REST server, which has the list of indexes, for globs and short names.'
complete -c idxstream -n "__idxstream_at 'history'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'history'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'history'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'history'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'history'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'history'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'history'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'history'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'history'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'indexes' 1 9999" -a '(__idxstream_index_ids)'
complete -c idxstream -n "__idxstream_at 'indexes'" -l refresh -d 'Ask the server even if the saved list is less than a day old.'
complete -c idxstream -n "__idxstream_at 'indexes'" -s f -l format -x -a 'auto table ndjson csv' -d 'auto is a table by family on a terminal, else one id a line; ndjson and csv have a field id.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l api-key -x -d 'The API key. Process lists show it: the environment or --api-key-file is safer.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l api-key-file -r -F -d 'Read the API key from a file.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l url -x -d 'The feed. If it is on this machine, its own list is shown.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l rest-url -x -d 'The REST server, which has the list of indexes, for globs and short names.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'indexes'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'indexes'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'indexes'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'indexes'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'indexes'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'merge' 1 9999" -F
complete -c idxstream -n "__idxstream_at 'merge'" -s o -l output -r -F -d 'The file to write, which must not exist; .gz and .zst compress it.'
complete -c idxstream -n "__idxstream_at 'merge'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'merge'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'merge'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'merge'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'simulate'" -l host -x -d 'Address to listen on.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l port -x -d 'Port to listen on; 0 is any free one.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l seed -x -d 'The same seed gives the same values.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l rate -x -d 'Values a second, over all indexes together.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l replay -x -d 'Captured values as a live feed, from the first hello on; then close and end. Repeat for several files, or give the name that -o had, in quotes.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l speed -x -d 'With --replay: N times their own pace, or max.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l past -x -d 'How far back the past goes that REST gives; none at rate 0.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l rest-calls -x -d 'REST calls in 24 hours; more get 429.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l api-key -x -d 'Ask clients for this key.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l restart-every -x -d 'Announce a restart at this interval, and restart.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l within -x -d 'From notice to restart.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l drop-every -x -d 'Cut all connections at this interval, without a close frame.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l freeze-after -x -d 'Each connection goes silent after this long.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l error -x -d 'Answer each hello with this error, and close.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l delay -x -d 'Deliver each message this much later.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'simulate'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'simulate'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'simulate'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'simulate'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'simulate'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'version'" -s h -l help -d 'Show this message and exit.'

complete -c idxstream -n "__idxstream_at 'watch' 1 9999" -a '(__idxstream_index_ids)'
complete -c idxstream -n "__idxstream_at 'watch'" -l ids-from -r -F -d 'Read more ids from a file, one per line, with # comments; - is stdin.'
complete -c idxstream -n "__idxstream_at 'watch'" -l all -d 'All indexes. Usage is metered.'
complete -c idxstream -n "__idxstream_at 'watch'" -l heartbeat -d 'Ask the server for heartbeats.'
complete -c idxstream -n "__idxstream_at 'watch'" -l no-heartbeat -d 'Off: Ask the server for heartbeats.'
complete -c idxstream -n "__idxstream_at 'watch'" -l update-limit-ms -x -d 'At most one value of each index every N ms.'
complete -c idxstream -n "__idxstream_at 'watch'" -l api-key -x -d 'The API key. Process lists show it: the environment or --api-key-file is safer.'
complete -c idxstream -n "__idxstream_at 'watch'" -l api-key-file -r -F -d 'Read the API key from a file.'
complete -c idxstream -n "__idxstream_at 'watch'" -l auth -x -a 'header query hello' -d 'Where the key goes.'
complete -c idxstream -n "__idxstream_at 'watch'" -l url -x -d 'The feed.'
complete -c idxstream -n "__idxstream_at 'watch'" -l rest-url -x -d 'The REST server, which has the list of indexes, for globs and short names.'
complete -c idxstream -n "__idxstream_at 'watch'" -l allow-plaintext -d 'Allow ws:// and http:// to other machines: the key and the data are sent in the clear.'
complete -c idxstream -n "__idxstream_at 'watch'" -l ca-file -r -F -d 'Also trust the certificates in this PEM file.'
complete -c idxstream -n "__idxstream_at 'watch'" -l connect-timeout -x -d 'How long one attempt to connect may take.'
complete -c idxstream -n "__idxstream_at 'watch'" -l demo -d 'Watch a built-in simulator: no key and no network needed.'
complete -c idxstream -n "__idxstream_at 'watch'" -l reconnect -x -a 'handover immediate wait never' -d 'What to do when the server announces a restart.'
complete -c idxstream -n "__idxstream_at 'watch'" -l redundant -d 'Two connections at all times, merged into one series: whichever ends, nothing is lost. What is received, and metered, doubles.'
complete -c idxstream -n "__idxstream_at 'watch'" -l stale-after -x -d 'Reconnect after this long without a frame.'
complete -c idxstream -n "__idxstream_at 'watch'" -l give-up-after -x -d 'Exit with code 5 after this long without a connection; `never` for daemons.'
complete -c idxstream -n "__idxstream_at 'watch'" -s f -l format -x -a 'auto table csv ndjson' -d 'auto, table, ndjson, csv or a plug-in\'s. auto goes by the name of -o; without -o it is table on a terminal and ndjson elsewhere.'
complete -c idxstream -n "__idxstream_at 'watch'" -s o -l output -r -F -d 'Append to a file. strftime fields in its name rotate it (ticks-%Y-%m-%d.csv, UTC); .gz and .zst compress it. - is stdout, nats://HOST/STREAM an engine. Repeat -o for several outputs: each gets every value.'
complete -c idxstream -n "__idxstream_at 'watch'" -l fsync -x -d 'With -o: sync the file to disk every DURATION.'
complete -c idxstream -n "__idxstream_at 'watch'" -l wait-lock -x -d 'With -o: wait for another run that writes the file to end, and go on exactly where it stopped.'
complete -c idxstream -n "__idxstream_at 'watch'" -l fields -x -a '(__idxstream_comma_list type index_id time_coinapi value time_received latency_ms stream_sequence stream_line)' -d 'Only these: type index_id time_coinapi value time_received latency_ms, of an engine stream_sequence stream_line, or any other field that the feed sends.'
complete -c idxstream -n "__idxstream_at 'watch'" -l sort -x -a 'asked id change activity quiet' -d 'table: how to sort the rows.'
complete -c idxstream -n "__idxstream_at 'watch'" -l header -d 'csv: write a header line.'
complete -c idxstream -n "__idxstream_at 'watch'" -l no-header -d 'Off: csv: write a header line.'
complete -c idxstream -n "__idxstream_at 'watch'" -l include -x -a '(__idxstream_comma_list gap heartbeat reconnect)' -d 'ndjson: also write lines for gap, heartbeat, reconnect.'
complete -c idxstream -n "__idxstream_at 'watch'" -l bars -x -d 'ndjson, csv: not the values but a bar of each index every DURATION: open, high, low, close.'
complete -c idxstream -n "__idxstream_at 'watch'" -l alert -x -d 'Tell when it becomes true: \'btc_usd > 70000\', \'btc_usd < 60000\', \'btc_usd moves 2% in 5m\', \'btc_usd silent 1m\', gap. Repeat it for several.'
complete -c idxstream -n "__idxstream_at 'watch'" -l exec -x -d 'Run this for each alert, without a shell: IDXSTREAM_ALERT, IDXSTREAM_INDEX_ID, IDXSTREAM_VALUE and IDXSTREAM_TIME say what happened.'
complete -c idxstream -n "__idxstream_at 'watch'" -l event-log -r -F -d 'Append events, such as connects and gaps, to a file as NDJSON.'
complete -c idxstream -n "__idxstream_at 'watch'" -l metrics -r -F -d 'Keep a file of counters and delays for Prometheus, replaced every 15 s; name it .prom.'
complete -c idxstream -n "__idxstream_at 'watch'" -l stats -x -d 'Print statistics on stderr every DURATION.'
complete -c idxstream -n "__idxstream_at 'watch'" -l since -x -d 'With --url nats://…: from that time of receipt on, or `start`.'
complete -c idxstream -n "__idxstream_at 'watch'" -l engine-user-file -r -F -d 'Read USER:PASSWORD, or a token, for the engine from a file.'
complete -c idxstream -n "__idxstream_at 'watch'" -l engine-creds -r -F -d 'NATS credentials for the engine: a claim and a seed.'
complete -c idxstream -n "__idxstream_at 'watch'" -l spool -r -F -d 'Keep on disk what the engine does not take.'
complete -c idxstream -n "__idxstream_at 'watch'" -l takeover-after -x -d 'Write when the stream stands still for so long although values come.'
complete -c idxstream -n "__idxstream_at 'watch'" -l engine-name -x -d 'This machine\'s name in the stream.'
complete -c idxstream -n "__idxstream_at 'watch'" -s n -l count -x -d 'Stop after N values.'
complete -c idxstream -n "__idxstream_at 'watch'" -s d -l duration -x -d 'Stop after this long: 90s, 10m, 1h30m.'
complete -c idxstream -n "__idxstream_at 'watch'" -l max-bytes -x -d 'Stop after receiving this much: 500MB.'
complete -c idxstream -n "__idxstream_at 'watch'" -l idle-timeout -x -d 'Stop after this long without a value.'
complete -c idxstream -n "__idxstream_at 'watch'" -l config -r -F -d 'The settings file.'
complete -c idxstream -n "__idxstream_at 'watch'" -l profile -x -d 'Use [profile.NAME] of that file before its other settings.'
complete -c idxstream -n "__idxstream_at 'watch'" -s v -l verbose -d 'Say more on stderr; -vv also shows tracebacks.'
complete -c idxstream -n "__idxstream_at 'watch'" -s q -l quiet -d 'Only errors on stderr.'
complete -c idxstream -n "__idxstream_at 'watch'" -s V -l version -d 'Show the version and exit.'
complete -c idxstream -n "__idxstream_at 'watch'" -s h -l help -d 'Show this message and exit.'
