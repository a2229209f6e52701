#!/bin/bash
# Checks that a built libsgc.so can live in any host: it exports the functions of include/sgc.h and nothing else, and
# brings its Swift runtime along.
#
#   library.sh LIBRARY SONAME UNSTRIPPED
set -eu -o pipefail
library=$1 soname=$2 unstripped=$3
failures=0
fail() {
    echo "$library: $*" >&2
    failures=1
}

# The version node is an absolute symbol (A) of the linker.
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u)
declared=$(grep -oE '\bsgc_[a-z0-9_]+\(' include/sgc.h | tr -d '(' | sort -u)
others=$(grep -v '^sgc_' <<<"$exported" || true)
[ -z "$others" ] || fail "exports more than sgc_*:" $others
for name in $exported; do
    grep -qx "$name" <<<"$declared" || fail "exports $name, which include/sgc.h does not declare"
done
for name in $(grep -E '^SGC_API' -A2 include/sgc.h | grep -oE '\bsgc_[a-z0-9_]+\(' | tr -d '(' | sort -u); do
    grep -qx "$name" <<<"$exported" || fail "does not export $name, which include/sgc.h declares"
done

needed=$(ldd "$library")
! grep -E 'libswift|libFoundation|libdispatch|libBlocksRuntime' <<<"$needed" >&2 || fail "needs Swift's shared libraries"
! grep 'not found' <<<"$needed" >&2 || fail "needs libraries that are not there"

dynamic=$(readelf -d "$library")
grep -qF "soname: [$soname]" <<<"$dynamic" || fail "its soname is not $soname"
grep -q 'NODELETE' <<<"$dynamic" || fail "can be unloaded, which the Swift runtime does not survive"

# Mangled names tell the module: none of these may be inside.
symbols=$(nm "$unstripped")
! grep -m3 -E ' \$s(10Foundation|20FoundationEssentials|8Dispatch)' <<<"$symbols" >&2 || fail "contains Foundation or Dispatch"

[ "$failures" = 0 ] && echo "$library: $(wc -l <<<"$exported") functions, $(($(stat -Lc %s "$library") / 1024)) KiB"
