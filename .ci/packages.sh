#!/bin/bash
# Installs those of the named Debian packages that are missing; does nothing when none is.
set -eu
[ $# -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "== packages: this system has no apt. Install what these Debian packages hold: $*" >&2
    echo "   Then tell make that they are there: make PACKAGES= ..." >&2
    exit 1
fi

missing=()
for package in "$@"; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null; then
        echo "== packages: missing, and neither root nor sudo to install them: ${missing[*]}" >&2
        exit 1
    fi
fi
echo "== packages: installing ${missing[*]}"
$as_root apt-get -qq update
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null
