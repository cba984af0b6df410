#pragma once

namespace device {

/// Process 1 of a simulated Raspberry Pi, in namespaces of its own: sh -c SCRIPT pi FOLDER HOME UID
/// GID. Turns this computer's root file system into the device's and keeps sshd running until its
/// standard input ends, which it does when the program that owns the device is gone.
///
/// An ordinary user is root here, which sshd would take for the real one: it gets a user namespace
/// in which the user is itself again. This computer's service managers and crontabs are hidden:
/// what is installed on the device must not start with this computer. The home comes last, it may
/// hide the folder.
inline constexpr char simulatedPiScript[] = R"(
set -e
folder=$1 home=$2 uid=$3 gid=$4
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc 2>/dev/null || true
hostname simulated-pi 2>/dev/null || true
mount --bind "$folder/sys" /sys
mount --bind "$folder/passwd" /etc/passwd
for hidden in /run/user /var/spool/cron; do
    [ ! -d "$hidden" ] || mount -t tmpfs -o mode=755 tmpfs "$hidden"
done
as=
if [ "$uid" = 0 ]; then
    mount --bind "$folder/shadow" /etc/shadow
    mkdir -p /run/sshd
else
    as="unshare -U --map-user=$uid --map-group=$gid --"
fi
mount --bind "$folder/ssh" /etc/ssh
mount --bind "$folder/home" "$home"
cd "$home"
exec 3<&0 </dev/null
trap 'exit 0' TERM
(cat <&3 >/dev/null; kill -TERM 1) &
exec 3<&-
sshd=$(command -v sshd)
$as "$sshd" -t -f /etc/ssh/sshd_config
while :; do
    $as "$sshd" -D -e -f /etc/ssh/sshd_config &
    wait $! || true
    sleep 0.2
done
)";

} // namespace device
