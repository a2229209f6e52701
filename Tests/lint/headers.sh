#!/bin/bash
# Compiles the public headers alone: as C99 and C++17, with every warning an error.
set -eu
warnings='-Wall -Wextra -Wpedantic -Werror'
for include in '<sgc.h>' '<sgc.hpp>'; do
    [ "$include" = '<sgc.h>' ] &&
        echo "#include $include" | ${CC:-cc} -std=c99 $warnings -fsyntax-only -Iinclude -x c -
    [ "$include" = '<sgc.hpp>' ] && [ ! -e bindings/cpp/sgc.hpp ] && continue
    echo "#include $include" | ${CXX:-c++} -std=c++17 $warnings -fsyntax-only -Iinclude -Ibindings/cpp -x c++ -
done
