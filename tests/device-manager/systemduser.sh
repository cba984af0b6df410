#!/bin/sh
# sh systemduser.sh HOME: installs, upgrades and removes the runtime where a real systemd --user runs.
# Started in mount, process and control group namespaces of its own. Exit 77: it cannot be had here.
# In HOME: program, unit, and the scripts prepare, replace, start and remove.
home=$1
export HOME="$home" XDG_RUNTIME_DIR=/run/user/0
fail() {
    echo "$*" >&2
    tail -n 20 "$home/manager.log" "$runtime/runtime.log" >&2
    exit 1
}
cannot() { echo "no service manager here: $*" >&2; exit 77; }

mount -t tmpfs tmpfs /run || cannot "/run"
mkdir -p /run/systemd/system /run/user/0 && chmod 700 /run/user/0
mount -t tmpfs tmpfs /var/lib/systemd || cannot "/var/lib/systemd"
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup || cannot "control groups"
group=$(mktemp -d /sys/fs/cgroup/edgewright-test-XXXXXX) || cannot "a control group"
clean() {
    echo $$ >/sys/fs/cgroup/cgroup.procs
    echo 1 >"$group/cgroup.kill" # all that is still in it
    tries=0
    while [ -d "$group" ] && [ $tries -lt 100 ]; do
        find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
        tries=$((tries + 1))
        [ ! -d "$group" ] || sleep 0.1
    done
}
trap clean EXIT
echo $$ >"$group/cgroup.procs" || cannot "a control group"

manager=/usr/lib/systemd/systemd
[ -x $manager ] || manager=/lib/systemd/systemd
# Like the one of a login: it knows nothing of who runs this test.
env -i HOME="$HOME" PATH=/usr/bin:/bin XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" \
    $manager --user --unit=basic.target >"$home/manager.log" 2>&1 &
manager_pid=$!
tries=0
until systemctl --user show-environment >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] && kill -0 $manager_pid 2>/dev/null || cannot "$(tail -n 3 "$home/manager.log")"
    sleep 0.1
done

program=$home/.local/share/edgewright/edgewrightd
runtime=$home/.local/state/edgewright/runtime
answers() { "$program" relay --folder "$runtime" </dev/null >/dev/null; }
main_pid() { systemctl --user show -P MainPID edgewright.service; }
install() {
    sh "$home/prepare" || fail "prepare"
    cp "$home/program" "$program.new" && chmod 755 "$program.new"
    sh "$home/replace" <"$home/unit" >"$home/said" 2>&1
}

rmdir -p "$home/.local/share/edgewright" 2>/dev/null
before=$(cd "$home" && find . ! -name manager.log ! -name said | sort)
install || fail "not installed: $(cat "$home/said")"
# No logind answers here, so lingering is refused, which is told.
grep -qx boot=login "$home/said" || fail "said: $(cat "$home/said")"
answers || fail "does not answer"
systemctl --user is-active -q edgewright.service || fail "not active"
first=$(main_pid)
[ "$(readlink "/proc/$first/exe")" = "$program" ] || fail "another main process"
# Workers must not speak in its name.
grep -qz NOTIFY_SOCKET "/proc/$first/environ" || fail "started without a notify socket"

# Killed, it comes again.
kill -9 "$first"
tries=0
until [ "$(main_pid)" != "$first" ] && [ "$(main_pid)" != 0 ] && answers; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "not started again"
    sleep 0.1
done 2>/dev/null

# Lingering, it counts as started at boot; an upgrade keeps the one unit.
mkdir -p /var/lib/systemd/linger && : >"/var/lib/systemd/linger/$(id -un)"
second=$(main_pid)
echo newer >>"$home/program"
install || fail "not upgraded: $(cat "$home/said")"
grep -qx boot=systemd "$home/said" || fail "said: $(cat "$home/said")"
answers || fail "does not answer after the upgrade"
[ "$(main_pid)" != "$second" ] || fail "the old one still runs"

# One that does not serve is taken back.
mv "$home/program" "$home/good"
printf '#!/bin/sh\ncase $1 in check) exit 0 ;; stop) exec "%s.old" "$@" ;; esac\nexit 1\n' "$program" >"$home/program"
install
[ $? = 11 ] || fail "exit code: $(cat "$home/said")"
answers || fail "the old one does not answer"
mv "$home/good" "$home/program"

# Ended in order it stays away until it is started.
"$program" stop --folder "$runtime" || fail "stop"
sleep 3
systemctl --user is-active -q edgewright.service && fail "it came back"
sh "$home/start" >/dev/null || fail "start"
answers || fail "does not answer after start"

sh "$home/remove" || fail "remove"
after=$(cd "$home" && find . ! -name manager.log ! -name said | sort)
[ "$before" = "$after" ] || fail "left: $after"
systemctl --user cat edgewright.service >/dev/null 2>&1 && fail "the unit is still known"
exit 0
