#!/usr/bin/env bash
# Builds the runtime for the machines that devices have: one static file each, in
# FOLDER/bin/devices/<machine>/edgewrightd, where the programs in FOLDER/bin look for it.
#   installer/build-devices.sh FOLDER [MACHINE…]       machines: aarch64 arm x86_64
# Without names: those whose cross compiler is installed; the others are told with their package.
# None for mipsel: Debian's libboost_context has no context switch for it.
# "ninja device-runtimes" runs this for the build folder.
set -euo pipefail
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
own=$(uname -m)
largest=$((5 << 20)) # bytes; docs/performance.md

say() { printf '%s\n' "$*" >&2; }

debian_architecture() {
    case $1 in
        aarch64) echo arm64 ;;
        arm) echo armel ;;
        x86_64) echo amd64 ;;
        *) say "build-devices: there is no machine \"$1\". Machines: aarch64 arm x86_64" && return 2 ;;
    esac
}

# The compiler and, after it, the package that brings it.
compiler_of() {
    case $1 in
        aarch64) echo aarch64-linux-gnu-g++ g++-aarch64-linux-gnu ;;
        arm) echo arm-linux-gnueabi-g++ g++-arm-linux-gnueabi ;;
        x86_64) echo g++ g++ ;;
    esac
}

build_machine() {
    local machine=$1 architecture compiler package
    architecture=$(debian_architecture "$machine") || return
    read -r compiler package < <(compiler_of "$machine")
    if ! command -v "$compiler" >/dev/null; then
        say "build-devices: $machine needs the package $package"
        return 1
    fi
    local -a toolchain=()
    if [[ $machine != "$own" ]]; then
        if [[ $machine == x86_64 ]]; then
            say "build-devices: x86_64 is built on such a machine only"
            return 1
        fi
        local sysroot=$folder/device/sysroot/$architecture
        local -a packages
        mapfile -t packages < <(grep -v '^#' "$source_folder/installer/device-packages.txt")
        "$source_folder/installer/fetch-sysroot.sh" "$architecture" "$sysroot" "${packages[@]}"
        toolchain=("-DCMAKE_TOOLCHAIN_FILE=$source_folder/cmake/devices/$machine.cmake"
            "-DEDGEWRIGHT_SYSROOT=$sysroot")
    fi
    local build=$folder/device/$machine
    cmake -S "$source_folder" --preset device -B "$build" "${toolchain[@]}" >/dev/null
    cmake --build "$build" --target edgewrightd ${EDGEWRIGHT_JOBS:+--parallel "$EDGEWRIGHT_JOBS"} >&2
    local program=$folder/bin/devices/$machine/edgewrightd size
    mkdir -p "$(dirname "$program")"
    # By a new name first: a copy may be read just now.
    cp "$build/bin/edgewrightd" "$program.new"
    mv "$program.new" "$program"
    size=$(stat -c %s "$program")
    say "$machine: $program, $size bytes"
    if ((size > largest)); then
        say "build-devices: that is more than $largest"
        return 1
    fi
}

if [[ $# -eq 0 || $1 == -* ]]; then
    say "Use: installer/build-devices.sh FOLDER [MACHINE…]"
    exit 2
fi
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
machines=("$@")
if [[ $# -eq 0 ]]; then
    for machine in aarch64 arm x86_64; do
        read -r compiler package < <(compiler_of "$machine")
        if command -v "$compiler" >/dev/null && [[ $machine != x86_64 || $own == x86_64 ]]; then
            machines+=("$machine")
        else
            say "$machine is left out: it needs the package $package"
        fi
    done
fi
if [[ ${#machines[@]} -eq 1 ]]; then
    build_machine "${machines[0]}"
    exit
fi
status=0
for machine in "${machines[@]}"; do
    "${BASH_SOURCE[0]}" "$folder" "$machine" || status=$? # the others are built all the same
done
exit "$status"
