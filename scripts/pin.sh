#!/bin/sh
# Make requirements/*.txt again from pyproject.toml and requirements/build.in: exact versions with hashes, for
# CPython 3.11 to 3.13 on every platform the markers name. Needs `uv` on the PATH; run it by hand, then read the diff.
#   scripts/pin.sh              keep what is pinned unless a range forbids it
#   scripts/pin.sh --upgrade    take the newest that the ranges admit
set -eu
cd "$(dirname "$0")/.."

pin() {
    out=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url "$@" -o "$out"
    # A pin names packages, never the place they came from.
    if grep -nE '://|^--(index|extra-index|find-links)' "$out"; then
        echo "$out names an address" >&2
        exit 1
    fi
}

pin requirements/build.txt requirements/build.in "$@"
pin requirements/run.txt pyproject.toml --no-emit-package pyscard "$@"
pin requirements/dev.txt pyproject.toml --extra dev --constraint requirements/run.txt --no-emit-package pyscard "$@"
echo pyscard | pin requirements/pcsc.txt - "$@"
