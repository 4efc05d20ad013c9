# SPDX-License-Identifier: MIT
# mesa-core.bash - completion of options, plugins and parameters in bash.
#
# What can be completed is asked of mesa-core itself.

# The program being completed, as it was typed.
_mesa_core_ask() { "${COMP_WORDS[0]}" "$@" 2>/dev/null; }

_mesa_core_kinds='data transform sampler estimator loss acquisition metalearner'

_mesa_core_plugins() {
    _mesa_core_ask --list | awk '/^$/ { exit } { print $1 "/" $2 }'
}

# The keys that --describe shows.
_mesa_core_keys() {
    _mesa_core_ask --describe "$1" -v |
        sed -n 's/^;\{0,1\}\([a-z0-9_]*\) =.*/\1/p'
}

# "section type" of the INI file that -c names.
_mesa_core_sections() {
    local i file=
    for ((i = 1; i + 1 < ${#COMP_WORDS[@]}; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --config)
            file=${COMP_WORDS[i + 1]}
            [[ $file == = ]] && file=${COMP_WORDS[i + 2]}
            ;;
        esac
    done
    file=${file/#\~\//$HOME/}
    [[ -f $file ]] || return
    awk -F '[][ \t]*[][=:;][ \t]*' '
        /^\[/ { section = $2; type[section] = section; order[++n] = section }
        /^type *[=:]/ { sub(/^type *[=:] */, ""); sub(/[ \t].*/, "")
                        type[section] = $0 }
        END { for (i = 1; i <= n; i++) print order[i], type[order[i]] }
    ' "$file"
}

# SECTION.KEY= for the sections of the file.
_mesa_core_settings() {
    local section type kind key
    { printf 'run run\nevaluate evaluate\n'; _mesa_core_sections; } |
        sort -u | while read -r section type; do
            case $section in
            run | evaluate) set -- "$section" ;;
            data | transform | sampler | estimator | loss | acquisition | \
                metalearner)
                set -- "$section/$type"
                ;;
            *)
                # A component: its kind is known to whoever refers to it.
                set --
                for kind in $_mesa_core_kinds; do
                    set -- "$@" "$kind/$type"
                done
                ;;
            esac
            for kind in "$@"; do
                for key in $(_mesa_core_keys "$kind"); do
                    printf '%s.%s=\n' "$section" "$key"
                done
            done
        done
}

_mesa_core() {
    local current=${COMP_WORDS[COMP_CWORD]} words= previous
    local at=$((COMP_CWORD - 1))

    # bash cuts words at "=": --config = FILE, and --set a.b = VALUE.
    if [[ $current == = ]]; then
        current=
    elif [[ ${COMP_WORDS[at]} == = ]]; then
        at=$((at - 1))
    fi
    previous=${COMP_WORDS[at]}
    if ((at > 1)) && [[ ${COMP_WORDS[at - 1]} == --set ]]; then
        previous=VALUE
    fi
    case $previous in
    -c | --config)
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -X '!*.ini' -- "$current") \
            $(compgen -d -- "$current"))
        return
        ;;
    --list)
        words=$_mesa_core_kinds
        ;;
    --describe)
        words="run evaluate $(_mesa_core_plugins)"
        ;;
    --set)
        compopt -o nospace 2>/dev/null
        words=$(_mesa_core_settings)
        ;;
    -i | --input | -m | --model | -o | --output | --labels)
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
        return
        ;;
    --threads)
        words="0 1 2 4 8"
        ;;
    VALUE)
        # Of a --set: perhaps a path.
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
        return
        ;;
    *)
        if ((COMP_CWORD > 1)) && [[ $current != -* ]]; then
            # What a verb is about.
            case ${COMP_WORDS[1]} in
            inspect | report)
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -f -- "$current"))
                return
                ;;
            esac
        fi
        words=$(_mesa_core_ask --help |
            sed -n 's/^ *\(-[a-z]\), /\1 /; s/^ *\(-.*\)/\1/p' |
            tr ' ,' '\n\n' | grep '^--*[a-z]')
        # A verb comes first.
        ((COMP_CWORD > 1)) || words="$words $(_mesa_core_ask --help |
            sed -n '/^$/q; s/^ *mesa-core \([a-z]*\) .*/\1/p')"
        ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _mesa_core mesa-core
