# shellcheck shell=bash disable=SC2154 # what common.sh and tools/run define
# Who answers: a configured provider, else a local server that the person accepts, else the demo model.

demo_model="SmolLM2-135M-Instruct"

# first_model BASE_URL: the first model that an OpenAI-compatible server names; fails if none answers.
first_model() {
    curl -fsS -m 1 --noproxy '*' "$1/models" 2>/dev/null | "$python" -c '
import json, re, sys
print(re.sub(r"[^\x21-\x7e]", "?", json.load(sys.stdin)["data"][0]["id"])[:100])' 2>/dev/null
}

choose_provider() {
    local provider
    answering=()
    for provider in GROQ MISTRAL OPENROUTER; do
        [[ -z ${settings[${provider}_API_KEY]:-} ]] \
            || answering+=("${provider,,} (${settings[${provider}_MODEL]:-its default model})")
    done
    local url=${settings[LOCAL_LLM_BASE_URL]:-}
    if [[ -n $url ]]; then
        use_configured_local "$url"
    elif ((${#answering[@]} == 0)); then
        offer_local_server || use_demo_model
    fi
}

use_configured_local() {
    first_model "${1%/}" >/dev/null \
        || warn "LOCAL_LLM_BASE_URL is set, but at the moment no server names its models there."
    answering+=("a local server at $1 (${settings[LOCAL_LLM_MODEL]})")
}

# offer_local_server: never silently: words are sent there only after a yes or a setting.
offer_local_server() {
    local url=http://127.0.0.1:11434/v1 model reply=
    model=$(first_model "$url") || return 1
    if [[ ! -t 0 || ! -t 1 ]]; then
        say "A local model server answers at $url; to use it, set LOCAL_LLM_BASE_URL=$url and LOCAL_LLM_MODEL=$model."
        return 1
    fi
    say "No provider is configured, but a local model server answers at $url; its first model is $model."
    read -r -p "Use it for this run? [y/N] " reply || true
    [[ $reply == [yY]* ]] || return 1
    export LOCAL_LLM_BASE_URL=$url LOCAL_LLM_MODEL=$model
    answering=("a local server at $url ($model)")
    say "To use it always, write LOCAL_LLM_BASE_URL=$url and LOCAL_LLM_MODEL=$model into .env."
}

use_demo_model() {
    install_demo_model
    demo_port=$("$python" -c '
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])')
    export LOCAL_LLM_BASE_URL="http://127.0.0.1:$demo_port/v1" LOCAL_LLM_MODEL=$demo_model
    export LOCAL_LLM_DEMO=true LOCAL_CONTEXT_TOKENS=4096
    answering=("a small demo model on this machine, $demo_model")
}

install_demo_model() {
    local place="$var/demo-model"
    [[ ! -e $place/ready ]] || return 0
    say "No provider is configured: fetching a small demo model (130 MB, this once)."
    new_logs demo-model-install
    mkdir -p "$place"
    if ! run_step demo-model-install "$root/tools/demo-model-install" "$place" >"$var/log/demo-model-install.log" 2>&1; then
        die "the demo model cannot be fetched (python3-venv and a network are needed; pip's words are in $var/log/demo-model-install.log). Instead set GROQ_API_KEY, MISTRAL_API_KEY, OPENROUTER_API_KEY or LOCAL_LLM_BASE_URL in .env."
    fi
}
