# shellcheck shell=bash
# The environment of the tests and benchmarks in Python: pytest, Selenium and what checks pages, of the versions
# that are written down.

# test_venv: makes it, or brings it up to date, and puts its place into $environment.
test_venv() {
    environment="$var/test-venv"
    local -a pip=("$environment/bin/pip" install --quiet --disable-pip-version-check)
    local wanted
    wanted=$(cat "$root/tools/test-requirements.txt" "$root/tools/test-scripts.txt")
    [[ $wanted != "$(cat "$environment/installed" 2>/dev/null)" ]] || return 0
    "$python" -m venv "$environment"
    "${pip[@]}" -r "$root/tools/test-requirements.txt" \
        && "${pip[@]}" --no-deps --ignore-requires-python -r "$root/tools/test-scripts.txt" \
        || die "pytest, Selenium and what else the tests need cannot be installed. Is there a network?"
    printf '%s\n' "$wanted" >"$environment/installed"
}
