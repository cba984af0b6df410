# shellcheck shell=bash disable=SC2016
# Installs what a build machine lacks. Read by ./run with "source"; defines set_up.
# Where nothing is missing it changes nothing, asks nothing and takes some hundredths of a second.

packages_file=$(dirname "${BASH_SOURCE[0]}")/packages.txt

say() { printf '%s\n' "$*" >&2; }

wanted_packages() {
    local package condition program
    while read -r package condition program _; do
        [[ -z $package || $package == \#* ]] && continue
        if [[ $condition == unless ]] && command -v "$program" >/dev/null; then
            continue
        fi
        printf '%s\n' "$package"
    done <"$packages_file"
}

missing_packages() {
    local -a wanted
    mapfile -t wanted < <(wanted_packages)
    comm -23 <(printf '%s\n' "${wanted[@]}" | sort) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
            sed -n 's/^installed //p' | sort)
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "run: installing packages needs root and there is no sudo. As root: apt-get install $*"
        return 1
    fi
}

# openssh-server is here for simulated devices, which start an sshd of their own, and avahi, the brokers
# and PostgreSQL for tests, which start some of their own. The system's services must not come up because of us: a
# policy file keeps apt from starting them while they are installed, and they are disabled before the
# next boot could start them. A service that was there before is not touched, because then its
# package is not missing.
install_without_services() {
    as_root bash -c '
        set -e
        policy=/usr/sbin/policy-rc.d made=
        if [[ ! -e $policy ]]; then
            printf "#!/bin/sh\nexit 101\n" >"$policy"
            chmod 755 "$policy"
            made=$policy
        fi
        if [[ " $* " == *" postgresql-15 "* ]]; then
            # Its package would make a database of the system.
            clusters=/etc/postgresql-common/createcluster.d
            mkdir -p "$clusters"
            echo "create_main_cluster = false" >"$clusters/edgewright.conf"
            made="$made $clusters/edgewright.conf"
        fi
        trap "rm -f $made" EXIT
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
        for package; do
            case $package in
                openssh-server) services="ssh.service ssh.socket" script=ssh ;;
                avahi-daemon) services="avahi-daemon.service avahi-daemon.socket" script=avahi-daemon ;;
                mosquitto | nats-server | rabbitmq-server) services=$package.service script=$package ;;
                erlang-base) services="epmd.service epmd.socket" script=epmd ;;
                *) continue ;;
            esac
            for service in $services; do
                command -v systemctl >/dev/null && systemctl disable "$service" || true
            done
            command -v update-rc.d >/dev/null && update-rc.d "$script" disable || true
        done 2>/dev/null
    ' installer "$@" >&2
}

apt_knows() { apt-get install --simulate -qq --no-install-recommends "$@" >/dev/null 2>&1; }

set_up() {
    if ! command -v dpkg-query >/dev/null; then
        say "run: this is no Debian. What is needed: $(wanted_packages | tr '\n' ' ')"
        return 0
    fi
    local -a missing
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -eq 0 ]] && return 0

    say "Installing ${#missing[@]} packages: ${missing[*]}"
    if [[ " ${missing[*]} " =~ " "(openssh-server|avahi-daemon|mosquitto|nats-server|rabbitmq-server|postgresql-15)" " ]]; then
        say "(openssh-server, avahi, the brokers and PostgreSQL serve simulated devices and tests; the system's services stay off)"
    fi
    apt_knows "${missing[@]}" || as_root apt-get update -qq >&2
    # An old package list names files that the mirror no longer has: fetch a new one, try once more.
    install_without_services "${missing[@]}" ||
        { as_root apt-get update -qq >&2 && install_without_services "${missing[@]}"; }
}
