#!/usr/bin/env bash
# Fails when a program needs a shared library of no package in the runtime group of deploy/dependencies.
#
# Usage: runtime_test.sh DEPENDENCIES PROGRAM...
set -euo pipefail

dependencies="$1"
shift
mapfile -t runtime < <("$dependencies" --list | awk '$1 == "runtime" { print $2 }')

is_runtime() { [[ " ${runtime[*]} " == *" $1 "* ]]; }

checked=0
missing=0
for program in "$@"; do
    while read -r library; do
        checked=$((checked + 1))
        mapfile -t owners < <(dpkg-query -S "*/$library" 2>/dev/null | sed 's/:.*//' | sort -u)
        found=no
        for owner in "${owners[@]}"; do is_runtime "$owner" && found=yes; done
        [[ $found == yes ]] && continue
        echo "$program needs $library of ${owners[*]:-no package}: put it in the group runtime of $dependencies"
        missing=$((missing + 1))
    done < <(ldd "$program" | awk '$2 == "=>" { print $1 }')
done
echo "$checked libraries of $# programs checked"
[[ $checked -gt 0 && $missing -eq 0 ]]
