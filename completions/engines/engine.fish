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

# INDEX_IDS_SAYS
function __idxstream_index_ids
    set -l typed (commandline -ct | string trim -l -c '\'"')
    string match -q -- '-*' "$typed"; and return
    set -l cache $HOME/.cache
    string match -q -- '/*' "$XDG_CACHE_HOME"; and set cache $XDG_CACHE_HOME
    test (uname) = Darwin; and set cache $HOME/Library/Caches
    set -l list $cache/idxstream/indexes.txt
    test -f $list -a -r $list; or return
    LC_ALL=C typed="$typed" awk 'INDEX_IDS_AWK' $list
end
