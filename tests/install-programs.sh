#!/bin/sh
# Installs the programs that the tests use: PostgreSQL, Redis, Chromium, pgrep. As root on Debian it uses
# apt; elsewhere it says what is missing. `install-programs.sh python` makes `python3 -m venv` work.
set -eu

missing=""
need() { # need PACKAGE PROGRAM...: the package is missing if none of the programs is found
    package=$1
    shift
    for program in "$@"; do
        if command -v "$program" >/dev/null 2>&1; then return 0; fi
        for found in /usr/lib/postgresql/*/bin/"$program"; do
            if [ -x "$found" ]; then return 0; fi
        done
    done
    missing="$missing $package"
}

if [ "${1:-}" = python ]; then
    missing="python3-venv python3-pip"
else
    need postgresql initdb
    need redis-server redis-server
    need procps pgrep
    need chromium chromium chromium-browser google-chrome
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo "These programs are needed and not found:$missing. Install them and run make test again." >&2
    exit 1
fi

# The packages must not start services of their own: every test starts its own servers.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
apt-get -q update >/dev/null
# shellcheck disable=SC2086 # a list of packages
DEBIAN_FRONTEND=noninteractive apt-get -y -q install --no-install-recommends $missing >/dev/null
