# shellcheck shell=bash disable=SC2154 # what common.sh and tools/run define
# Started as root, we work as the clone's owner: no file of root's may appear in somebody's clone.

# become_owner SCRIPT [ARGUMENT...]: starts the script again as the owner, or returns if we are that already.
become_owner() {
    ((EUID == 0)) || return 0
    local id group name home
    id=$(stat -c %u "$root")
    if ((id == 0)); then
        say "Started as root in a clone that root owns: everything runs as root."
        return 0
    fi

    name=$(getent passwd "$id" | cut -d: -f1 || true)
    home=$(getent passwd "$id" | cut -d: -f6 || true)
    local -a groups=(--clear-groups)
    if [[ -n $name ]]; then
        group=$(id -g "$name")
        groups=(--init-groups)
    else
        group=$(stat -c %g "$root")
    fi
    say "Started as root: everything runs as ${name:-user $id}, who owns this clone."

    # A change of user clears the parent-death signal that the Makefile sets.
    local -a death=()
    [[ -z ${MAKELEVEL:-} ]] || death=(--pdeathsig TERM)
    exec setpriv --reuid "$id" --regid "$group" "${groups[@]}" "${death[@]}" \
        env HOME="${home:-/nonexistent}" USER="${name:-$id}" LOGNAME="${name:-$id}" "$@"
}

# A service account's home often does not exist, and swift and pip keep their caches in it.
ensure_home() {
    if [[ ! -d ${HOME:-} || ! -w ${HOME:-} ]]; then
        export HOME="$var/home"
        mkdir -p "$HOME"
    fi
}

# make_var: what people say to each other lies here, so it is nobody else's to read.
make_var() {
    [[ -d $var ]] || (umask 077 && mkdir -p "$var" 2>/dev/null)
}

# claim_var: makes var/ and takes the lock that only one run at a time can hold.
# The children inherit it: after a kill -9 of the script it is free when the last of them has gone.
claim_var() {
    make_var && mkdir -p "$var"/{run,log} 2>/dev/null && [[ -w $var/run && -w $var/log ]] \
        || die "cannot write to $var: run this as its owner, or give another place by PARLEY_VAR."
    exec {lock}>>"$var/run/lock"
    if ! flock -n "$lock"; then
        local holder
        holder=$(cat "$var/run/pid" 2>/dev/null || true)
        if [[ -n $holder ]] && kill -0 "$holder" 2>/dev/null; then
            die "another \`make run\` of this clone is running (process $holder). Stop it first."
        fi
        flock -w 10 "$lock" || die "an earlier run of this clone has not ended yet ($var/run/lock is held)."
    fi
    echo "$$" >"$var/run/pid"
}
