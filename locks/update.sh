#!/bin/sh
# Resolves pyproject.toml into the two lock files. niquests is left out on purpose: caldav then uses
# requests, and urllib3 stays the real one (docs/adr/0007).
set -eu
cd "$(dirname "$0")/.."
.venv/bin/pip install --quiet uv
printf 'niquests ; python_version < "3"\n' >locks/overrides.txt
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --override locks/overrides.txt "$@"
}
compile --extra demo pyproject.toml -o locks/run.txt
compile --extra demo --extra test pyproject.toml -o locks/test.txt
