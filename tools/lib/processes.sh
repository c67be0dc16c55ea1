# shellcheck shell=bash disable=SC2154,SC2034 # what common.sh and tools/run define
# The parts of a run as child processes: started, watched, started again, stopped.
#
# Each child leads a session of its own, so that Ctrl-C reaches only us and we stop them in order,
# and has a parent-death signal, so that the kernel ends it when we cannot.

declare -A part_pid=() part_since=() part_failures=()

# launch NAME DEATH_SIGNAL COMMAND...: in the background; output goes where the caller's goes.
launch() {
    local name=$1 signal=$2
    shift 2
    # The test closes the gap between fork and prctl, in which our death would go unnoticed.
    # shellcheck disable=SC2016
    setsid setpriv --pdeathsig "$signal" \
        sh -c 'test "$PPID" -eq "$0" && exec "$@"' "$$" "$@" </dev/null &
    part_pid[$name]=$!
    part_since[$name]=$SECONDS
}

# start_part NAME DEATH_SIGNAL COMMAND...: as launch, with its output in var/log/NAME.log.
start_part() {
    launch "$@" >>"$var/log/$1.log" 2>&1
}

# run_step NAME COMMAND...: to its end, but a signal to us stops it.
run_step() {
    local name=$1 status=0
    launch "$name" TERM "${@:2}"
    wait "${part_pid[$name]}" || status=$?
    unset "part_pid[$name]"
    return "$status"
}

# session NAME: what still runs of a part and of all that it started, as process ids in `members`.
# By session, not by process group: compilers and converters get groups of their own.
session() {
    local file line
    local -a fields
    members=()
    for file in /proc/[0-9]*/stat; do
        { read -r line <"$file"; } 2>/dev/null || continue
        read -r -a fields <<<"${line##*) }"
        if [[ ${fields[3]} == "${part_pid[$1]}" && ${fields[0]} != [ZX] ]]; then
            line=${file#/proc/}
            members+=("${line%/stat}")
        fi
    done
    ((${#members[@]} > 0))
}

alive() {
    kill -0 "${part_pid[$1]}" 2>/dev/null
}

# new_logs NAME...: keeps one log before the present one.
new_logs() {
    local name
    for name in "$@"; do
        [[ ! -s $var/log/$name.log ]] || mv -f "$var/log/$name.log" "$var/log/$name.log.1"
    done
}

log_tail() {
    [[ ! -s $var/log/$1.log ]] || tail -n 15 "$var/log/$1.log" | sed 's/^/    /' >&2
}

how_it_ended() {
    if (($1 > 128)); then
        printf 'signal %s' "$(kill -l "$(($1 - 128))")"
    else
        printf 'status %s' "$1"
    fi
}

# supervise: starts again what ends, for ever. What keeps failing by itself ends the run instead:
# a wrong configuration does not heal, and an operator should read its log.
supervise() {
    local ended name status
    while :; do
        status=0
        # bash would report a killed child in words of its own.
        wait -n -p ended "${part_pid[@]}" 2>/dev/null || status=$?
        for name in "${!part_pid[@]}"; do
            [[ ${part_pid[$name]} != "${ended:-}" ]] || restart "$name" "$status"
        done
    done
}

restart() {
    local name=$1 status=$2
    # nginx's workers outlive a killed master and would keep the ports.
    ! session "$name" || kill -KILL "${members[@]}" 2>/dev/null || true

    local killed_from_outside=$((status == 128 + 9 || status == 128 + 15))
    if ((killed_from_outside || SECONDS - part_since[$name] > 5)); then
        part_failures[$name]=0
    else
        part_failures[$name]=$((${part_failures[$name]:-0} + 1))
    fi
    if ((part_failures[$name] >= 5)); then
        unset "part_pid[$name]"
        explained=yes
        warn "$name keeps ending ($(how_it_ended "$status")), so everything stops. The end of $var/log/$name.log:"
        log_tail "$name"
        exit 1
    fi
    warn "$name ended ($(how_it_ended "$status")); starting it again."
    ((part_failures[$name] == 0)) || sleep 0.3
    "start_${name//-/_}"
}

# stop_all: asks every part to end, waits 10 s, then insists.
stop_all() {
    trap '' INT TERM HUP
    local name deadline=$((SECONDS + 10))
    # The responder first: a model that dies under a speaking seat would look like a failure.
    if [[ -n ${part_pid[parley]:-} ]]; then
        kill -TERM "${part_pid[parley]}" 2>/dev/null || true
        while alive parley && ((SECONDS < deadline)); do sleep 0.05; done
    fi
    for name in "${!part_pid[@]}"; do
        kill -TERM "${part_pid[$name]}" 2>/dev/null || true
    done
    for name in "${!part_pid[@]}"; do
        while session "$name"; do
            if ((SECONDS >= deadline)); then
                warn "$name did not end in 10 s: killed."
                kill -KILL "${members[@]}" 2>/dev/null || true
                break
            elif ! alive "$name"; then
                # What outlived its parent has nobody else to tell it.
                kill -TERM "${members[@]}" 2>/dev/null || true
            fi
            sleep 0.05
        done
    done
    part_pid=()
}
