# shellcheck shell=bash disable=SC2154,SC2034 # what common.sh and tools/run define
# Who scans files: what the settings say; on a machine with neither signatures nor clamd, a test database.

# EICAR, the test file that every scanner finds, in hexadecimal: as it is, scanners would find this script.
eicar=58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e54495649
eicar+=5255532d544553542d46494c452124482b482a

holds_signatures() {
    local -a files
    shopt -s nullglob
    files=("$1"/*.{cvd,cld,cud,hdb,hsb,mdb,msb,ndb,ldb,yar,yara})
    shopt -u nullglob
    ((${#files[@]} > 0))
}

choose_scanner() {
    scanner=
    case $(setting ENABLE_VIRUS_SCAN true) in
        [Ff]alse | FALSE | [Nn]o | NO | [Oo]ff | OFF | 0)
            scanner="NOT scanned (ENABLE_VIRUS_SCAN): they reach the models as they come"
            return 0
            ;;
    esac
    [[ $(setting SCAN_ENGINE auto) == auto && -z $(setting CLAMAV_SOCKET "") ]] || return 0
    [[ $(setting CLAMAV_HOST localhost) == localhost ]] || return 0
    ! holds_signatures "$(setting CLAMAV_DATABASE_DIR /var/lib/clamav)" || return 0
    ! port_is_taken "$(setting CLAMAV_PORT 3310)" || return 0

    mkdir -p "$var/test-signatures"
    printf 'Eicar-Test-Signature:0:*:%s\n' "$eicar" >"$var/test-signatures/eicar.ndb"
    export SCAN_ENGINE=libclamav CLAMAV_DATABASE_DIR="$var/test-signatures"
    scanner="scanned for nothing but the test file EICAR: no virus signatures are on this machine (freshclam)"
}
