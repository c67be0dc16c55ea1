# shellcheck shell=bash disable=SC2154,SC2034 # what common.sh and tools/run define
# The settings in force, as the binary sees them: environment over .env over defaults, parsed in one place.

declare -A settings=()

load_settings() {
    local line output
    # What is wrong with a value, the binary says itself in one line.
    output=$("$binary" settings) || {
        explained=yes
        exit 1
    }
    while IFS= read -r line; do
        [[ $line != *=* ]] || settings[${line%%=*}]=${line#*=}
    done <<<"$output"
}

# setting NAME DEFAULT
setting() {
    local value=${settings[$1]:-${!1:-}}
    printf '%s' "${value:-$2}"
}
