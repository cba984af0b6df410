#!/usr/bin/env bash
# Unpacks Debian packages of another architecture into a folder, for cross compiling.
#   installer/fetch-sysroot.sh ARCHITECTURE FOLDER PACKAGE…
# apt works with lists and a state of its own below FOLDER: the packages, the lists and the
# architectures of this machine stay as they are, and no root is needed. What is there already is
# not fetched again.
set -euo pipefail

architecture=$1
folder=$(mkdir -p "$2" && cd "$2" && pwd)
shift 2
state=$folder/.apt
wanted=$(printf '%s\n' "$@" | sort)
if [[ -f $folder/.complete && $(<"$folder/.complete") == "$wanted" ]]; then
    exit 0
fi

rm -rf "${folder:?}/usr" "$state/archives"
mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial" "$state/archives"
: >"$state/status"
apt_options=(
    -q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture"
    -o "Dir::State=$state/state" -o "Dir::State::status=$state/status"
    -o "Dir::Cache=$state/cache" -o "APT::Sandbox::User=$(id -un)"
)
apt-get "${apt_options[@]}" update >/dev/null
cd "$state/archives"
apt-get "${apt_options[@]}" download "$@" >/dev/null
for package in *.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -rf "$state" # the lists alone take 100 MB
printf '%s\n' "$wanted" >"$folder/.complete"
