# shellcheck shell=bash
# The environment of the tests and benchmarks in Python: pytest and Selenium, of the versions that are written down.

# test_venv: makes it, or brings it up to date, and puts its place into $environment.
test_venv() {
    environment="$var/test-venv"
    if ! cmp -s "$root/tools/test-requirements.txt" "$environment/installed"; then
        "$python" -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$root/tools/test-requirements.txt" \
            || die "pytest and Selenium cannot be installed. Is there a network?"
        cp "$root/tools/test-requirements.txt" "$environment/installed"
    fi
}
