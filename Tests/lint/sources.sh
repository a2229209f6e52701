#!/bin/bash
# What grep can tell about the sources: imports that would pull Foundation, Dispatch or Swift's own thread pool into
# libsgc.so, calls that end the host's process or talk behind its back, and hidden randomness.
set -eu
failures=0

# forbid REASON PATTERN FOLDER...: fails for every line of code (comments aside) that matches.
forbid() {
    local reason=$1 pattern=$2
    shift 2
    local found
    found=$(grep -rnE --include='*.swift' --include='*.[ch]' --include='*.[ch]pp' "$pattern" "$@" |
        grep -vE '^[^:]+:[0-9]+:[[:space:]]*(//|/?\*)' || true)
    if [ -n "$found" ]; then
        printf '%s:\n%s\n' "$reason" "$found" >&2
        failures=1
    fi
}

library='Sources/SGCBase Sources/SGCTensor Sources/SGCNN Sources/SGCONNX Sources/SGCTokenizer Sources/SGCABI'
c_side='Sources/CKernels Sources/COnnx Sources/CHost'

forbid 'no Foundation, Dispatch, Synchronization or concurrency runtime in the library' \
    '^[^/]*\bimport (Foundation|FoundationEssentials|Dispatch|Synchronization|_Concurrency)\b' $library Sources/SGCData
forbid 'the library is synchronous: threads are SGCBase.Worker and parallelFor' \
    '\b(async|await|actor|Task)\b[^"]*[{(]' $library
forbid 'the library does not trap: throw an SGCError' \
    '\b(fatalError|precondition|preconditionFailure|assertionFailure)\(|\btry!|\bas!' $library Sources/SGCData
forbid 'the library prints nothing: return metrics, or use Log' \
    '\b(print|debugPrint|dump|printf|fprintf|puts|perror)\(' $library $c_side Sources/SGCData
forbid "the host's process is not the library's" \
    '\b(exit|_exit|quick_exit|abort|signal|setlocale|chdir|fesetround|feenableexcept)\(' $library $c_side
# One handler is needed, and it is CHost/exit.c's: nothing else runs before the destructors of the libraries below.
forbid 'the end of the process is watched in CHost/exit.c alone' '\batexit\(' $library Sources/CKernels Sources/SGCData
forbid 'randomness is a parameter: RandomSource' \
    '\b(shuffled\(\)|shuffle\(\)|randomElement\(\)|SystemRandomNumberGenerator|s?rand\(|drand48\()' $library Sources/SGCData
forbid 'decide it, or leave it out' '\b(TODO|FIXME|XXX)\b' Sources include Tests
forbid 'paths of one machine do not belong here' '"/(home|root|work|Users)/' Sources include Tests

[ "$failures" = 0 ]
