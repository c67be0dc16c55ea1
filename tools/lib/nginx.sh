# shellcheck shell=bash disable=SC2154 # what common.sh and tools/run define
# nginx's own prefix under var/nginx: certificate, configuration, ports.

# Of PUBLIC_URL, once it was read.
public_host=
public_path=

ipv6_loopback() {
    grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null
}

port_is_taken() {
    timeout 1 bash -c ": </dev/tcp/127.0.0.1/$1" 2>/dev/null || (($? == 124)) \
        || { ipv6_loopback && timeout 1 bash -c ": </dev/tcp/::1/$1" 2>/dev/null; }
}

check_port() {
    local name=$1 port=$2
    [[ $port =~ ^[1-9][0-9]{0,4}$ ]] && ((port <= 65535 && (port >= 1024 || EUID == 0))) \
        || die "$name is '$port': a port from 1024 to 65535 is needed."
    ! port_is_taken "$port" || die "port $port is in use by another program. Stop it, or choose another port by $name."
}

check_ports() {
    check_port PARLEY_HTTP_PORT "$http_port"
    check_port PARLEY_HTTPS_PORT "$https_port"
    ((http_port != https_port)) || die "PARLEY_HTTP_PORT and PARLEY_HTTPS_PORT are both $http_port: they must differ."
}

make_certificate() {
    local key="$var/nginx/tls.key" certificate="$var/nginx/tls.crt"
    if [[ -s $key ]] && openssl x509 -in "$certificate" -noout -checkend 86400 >/dev/null 2>&1; then
        return
    fi
    (
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost \
            -addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 -keyout "$key" -out "$certificate"
    ) >"$var/log/openssl.log" 2>&1 || die "openssl could not make the certificate: see $var/log/openssl.log."
}

# read_public_url: what the binary has checked, taken apart. The host is one more name that is served.
read_public_url() {
    local url
    url=$(setting PUBLIC_URL "")
    public_host= public_path=
    [[ $url =~ ^[A-Za-z]+://(\[[^]]+\]|[^:/]+)(:[0-9]+)?(/.*)?$ ]] || return 0
    public_host=${BASH_REMATCH[1],,}
    public_path=${BASH_REMATCH[3]%/}
    # Those of this machine stand there already; nginx warns of a name that comes twice.
    [[ $public_host != localhost && $public_host != 127.0.0.1 && $public_host != '[::1]' ]] || public_host=
}

# real_ip: behind trusted proxies who asks is whom they name, for the limits and for what is the machine's own.
real_ip() {
    local -a proxies
    local proxy
    IFS=', ' read -ra proxies <<<"$(setting TRUSTED_PROXIES "")"
    ((${#proxies[@]} > 0)) || return 0
    for proxy in "${proxies[@]}"; do printf 'set_real_ip_from %s; ' "$proxy"; done
    printf 'real_ip_header X-Forwarded-For; real_ip_recursive on;'
}

# configure_nginx: var/nginx/nginx.conf out of the template; all that is worth reading is in nginx/.
configure_nginx() {
    local socket="$var/run/parley.sock" text files ipv6='# ' user=
    # A path ends up inside a quoted nginx string, and a socket's path inside 108 bytes.
    [[ $root$var$DATA_DIR != *[\"\\\$\;\{\}$'\n']* ]] || die "nginx cannot use a path with one of \" \\ \$ ; { } in it: $root"
    local LC_ALL=C
    ((${#socket} <= 107)) || die "$socket is too long for a socket's path (107 bytes). Give a shorter place by PARLEY_VAR."
    unset LC_ALL

    mkdir -p "$var/nginx/tmp"
    rm -rf "$var/nginx/parley"
    if [[ -n $public_path ]]; then
        "$root/tools/nginx-prefix" "$public_path" "$var/nginx/parley" || die "nginx cannot have PUBLIC_URL's path $public_path."
    else
        ln -s "$root/nginx" "$var/nginx/parley"
    fi
    make_certificate

    files=$(ulimit -Hn)
    [[ $files != unlimited ]] && ((files <= 65536)) || files=65536
    ! ipv6_loopback || ipv6=
    # Started as root, nginx would give its workers another user, who cannot enter a closed home.
    ((EUID != 0)) || user="user root;"

    text=$(<"$root/nginx/local.conf.template")
    text=${text//@USER@/"$user"}
    text=${text//@VAR@/"$var"}
    text=${text//@ROOT@/"$root"}
    text=${text//@DATA@/"$DATA_DIR"}
    text=${text//@PUBLIC_HOST@/"$public_host"}
    text=${text//@REAL_IP@/"$(real_ip)"}
    text=${text//@HTTP_PORT@/"$http_port"}
    text=${text//@HTTPS_PORT@/"$https_port"}
    text=${text//@IPV6@/"$ipv6"}
    text=${text//@OPEN_FILES@/"$files"}
    text=${text//@CONNECTIONS@/"$((files - 64))"}
    text=${text//@LIMIT_REQ@/"$(setting LIMIT_REQ 5000)"}
    text=${text//@LIMIT_CONN@/"$(setting LIMIT_CONN 20000)"}
    printf '%s\n' "$text" >"$var/nginx/nginx.conf"

    nginx -t -q -p "$var/nginx" -c "$var/nginx/nginx.conf" -e "$var/log/nginx.log" 2>"$var/log/nginx-check.log" \
        || { log_tail nginx-check; die "nginx refuses its configuration, $var/nginx/nginx.conf."; }
}
