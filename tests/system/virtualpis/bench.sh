#!/bin/bash
# A bench of virtual Raspberry Pis; VirtualPis (virtualpis.h) starts it and speaks to it.
#
#   unshare --net --mount --pid --fork --kill-child --mount-proc bench.sh FOLDER CABLE HIDDEN
#
# Each Pi has namespaces of its own, an overlay of this computer's root file system, a disk with an
# ext4 of its own as /home/pi, a real SSH server with its own host key, a real avahi-daemon, the user
# "pi" (password "raspberry") and the paths of a light sensor and two LEDs below /sys. Its cable is
# the program CABLE, which delays and loses what it is told to. The namespaces in which this script
# runs are the developer's computer: 10.77.0.253 on the first network, 10.78.0.253 on the second.
# Whatever ends this script ends them, and with them every process, interface and mount.
#
# FOLDER gets the client's key; everything else lies in a tmpfs that only the bench sees. HIDDEN is a
# folder of this computer that no Pi sees. A line on standard input is an order, answered by one line
# on standard output, "ok …" or "failed …"; the end of standard input ends the bench.
#
#   add K [stock] [lan=2] [cpu=PERCENT]   Pi K with its cable, power off; "ok HOSTKEY". stock: publishes
#                           no service, as Raspberry Pi OS does. cpu: of one processor, for all of it
#   power K on|off          off: no process says goodbye, and the disk holds what had reached it
#   wait K                  until its SSH server answers
#   cable K in|out          shape K [delay=MS] [jitter=MS] [loss=PERCENT] [rate=MBIT]   see CABLE
#   run K COMMAND           by a shell of the Pi's root; "ok EXITCODE OUTPUT", the output as base64
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
declare -A supervisor cable processor

say_failed() { echo "failed $*"; return 1; }
lan_prefix() { echo "10.$((76 + $1)).0"; }
lan_of() { cat "$state/$1/lan"; }
address_of() { echo "$(lan_prefix "$(lan_of "$1")").$((10 + $1))"; }

set_up() {
    state=$folder/state
    mkdir -p "$state" /run/netns
    mount -t tmpfs -o mode=755,size=6g virtual-pis "$state"
    mount -t tmpfs -o mode=755,size=1m netns /run/netns
    ip link set lo up
    echo 1 >/proc/sys/net/ipv4/ip_forward # from one network to the other
    local lan
    for lan in 1 2; do
        ip link add "lan$lan" type bridge forward_delay 0 stp_state 0
        ip addr add "$(lan_prefix $lan).253/24" dev "lan$lan"
        ip link set "lan$lan" up
    done
    ssh-keygen -q -t ed25519 -N '' -C client -f "$folder/key"
    truncate -s 256M "$state/disk"
    # What is not synced stays in memory until the power is cut: see mount_disk.
    mkfs.ext4 -q -F -m 0 -E lazy_itable_init=1,lazy_journal_init=1,root_owner=1000:1000 "$state/disk"
    password=$(openssl passwd -6 -salt bench raspberry)
}

# The files that make the shared root file system this Pi.
write_files() {
    local k=$1 stock=$2 root=$state/$1/upper
    mkdir -p "$root"/etc/{ssh,pam.d,avahi/services,pi} "$root/home/pi"
    chown 1000:1000 "$root/home/pi"
    echo "pi$k" >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 pi%s\n' "$k" >"$root/etc/hosts"
    printf '%032x\n' $((0xb827eb770000 + k)) >"$root/etc/machine-id"
    { grep -v '^[^:]*:[^:]*:1000:' /etc/passwd; echo 'pi:x:1000:1000:Raspberry Pi:/home/pi:/bin/bash'; } >"$root/etc/passwd"
    { grep -v '^[^:]*:[^:]*:1000:' /etc/group; echo 'pi:x:1000:'; } >"$root/etc/group"
    { grep -v '^pi:' /etc/shadow; echo "pi:$password:19700:0:99999:7:::"; } >"$root/etc/shadow"
    chmod 640 "$root/etc/shadow"
    ssh-keygen -q -t ed25519 -N '' -C "root@pi$k" -f "$root/etc/ssh/host_ed25519"
    cat >"$root/etc/ssh/sshd_config" <<EOS
HostKey /etc/ssh/host_ed25519
PidFile none
UsePAM no
PrintMotd no
UseDNS no
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
EOS
    # One question, asked by keyboard-interactive once UsePAM is on.
    printf '%s pam_unix.so\n' 'auth required' 'account required' 'session required' >"$root/etc/pam.d/sshd"
    echo 'exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config' >"$root/etc/pi/serve"
    rm -f "$root/etc/avahi/services/*"
    cat >"$root/etc/avahi/avahi-daemon.conf" <<EOS
[server]
host-name=pi$k
use-ipv4=yes
use-ipv6=no
allow-interfaces=eth0
enable-dbus=no
[publish]
publish-hinfo=no
publish-workstation=$([[ $stock ]] && echo no || echo yes)
EOS
    [[ $stock ]] || cat >"$root/etc/avahi/services/ssh.service" <<EOS
<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name replace-wildcards="yes">%h</name>
<service><type>_ssh._tcp</type><port>22</port></service>
</service-group>
EOS
}

mount_disk() {
    # Nothing is committed before somebody syncs, so that a power cut takes what was not.
    mount -o loop,commit=300 "$state/$1/disk" "$state/$1/home"
}

# A control group with a share of a processor, which is given out every 10 ms.
limit_processor() {
    local group old
    for old in /sys/fs/cgroup{,/cpu}/edgewright-pi-*; do # of benches that were killed
        [[ -d $old ]] && rmdir "$old" 2>/dev/null
    done
    if [[ -e /sys/fs/cgroup/cpu/cpu.shares || -e /sys/fs/cgroup/cpu/tasks ]]; then
        group=$(mktemp -d "/sys/fs/cgroup/cpu/edgewright-pi-$1-XXXXXX") &&
            echo 10000 >"$group/cpu.cfs_period_us" && echo $(($2 * 100)) >"$group/cpu.cfs_quota_us"
    else
        group=$(mktemp -d "/sys/fs/cgroup/edgewright-pi-$1-XXXXXX") && echo "$(($2 * 100)) 10000" >"$group/cpu.max"
    fi || { say_failed "no control group for processors"; return; }
    processor[$1]=$group/cgroup.procs
}

add() {
    local k=$1 stock='' lan=1 word
    shift
    for word; do
        case $word in
            stock) stock=yes ;;
            lan=2) lan=2 ;;
            cpu=*) limit_processor "$k" "${word#cpu=}" || return ;;
        esac
    done
    mkdir -p "$state/$k"/{upper,work,root,home}
    echo $lan >"$state/$k/lan"
    write_files "$k" "$stock"
    cp --sparse=always "$state/disk" "$state/$k/disk"
    mount_disk "$k"
    mkdir -m 700 "$state/$k/home/.ssh"
    cp "$folder/key.pub" "$state/$k/home/.ssh/authorized_keys"
    chown -R 1000:1000 "$state/$k/home/.ssh"
    sync -f "$state/$k/home"

    ip netns add "pi$k"
    local fd
    exec {fd}> >(exec "$cable_program" "port$k" "pi$k" 2>"$state/$k/cable.log")
    cable[$k]=$fd
    local i
    for ((i = 0; i < 500; ++i)); do
        [[ -e /sys/class/net/pi$k || $(ip -o link show "pi$k" 2>/dev/null) ]] && break
        sleep 0.01
    done
    ip link set "pi$k" netns "pi$k" name eth0 || { say_failed "no cable: $(cat "$state/$k/cable.log")"; return; }
    ip link set "port$k" master "lan$lan" up
    # b8:27:eb is the Raspberry Pi Foundation's.
    ip -n "pi$k" link set eth0 address "$(printf 'b8:27:eb:77:00:%02x' "$k")"
    ip -n "pi$k" link set lo up
    ip -n "pi$k" addr add "$(address_of "$k")/24" dev eth0
    ip -n "pi$k" link set eth0 up
    ip -n "pi$k" route add default via "$(lan_prefix $lan).253"
    echo "ok $(ssh-keygen -lf "$state/$k/upper/etc/ssh/host_ed25519.pub" | cut -d ' ' -f 2)"
}

power() {
    local k=$1 pid=${supervisor[$1]:-}
    if [[ $2 = on && ! $pid ]]; then
        mountpoint -q "$state/$k/home" || mount_disk "$k"
        {
            [[ ${processor[$k]:-} ]] && echo "$BASHPID" >"${processor[$k]}"
            exec nsenter --net="/run/netns/pi$k" unshare --mount --uts --ipc --pid --fork --kill-child=KILL \
                /bin/bash "$self" boot "$state/$k" "$hidden"
        } </dev/null >"$state/$k/console.log" 2>&1 &
        supervisor[$k]=$!
    elif [[ $2 = off && $pid ]]; then
        kill -KILL "$(init_of "$k")"
        wait "$pid" 2>/dev/null
        unset "supervisor[$k]"
        # What the file system had not written is in memory alone and missing in the copy.
        cp --sparse=always "$state/$k/disk" "$state/$k/disk.cut"
        umount "$state/$k/home"
        mv "$state/$k/disk.cut" "$state/$k/disk"
    fi
    echo ok
}

# Process 1 of the Pi, as its bench sees it.
init_of() { tr -d " " <"/proc/${supervisor[$1]}/task/${supervisor[$1]}/children"; }

wait_ready() {
    local i line
    for ((i = 0; i < 300; ++i)); do
        line=$(timeout 2 bash -c "exec 3<>/dev/tcp/$(address_of "$1")/22 && head -c 4 <&3" 2>/dev/null)
        [[ $line = SSH- ]] && echo ok && return
        sleep 0.1
    done
    say_failed "$(tail -n 5 "$state/$1/console.log" | tr '\n' ' ')"
}

run() {
    local k=$1 output
    shift
    output=$(nsenter -t "$(init_of "$k")" -m -u -i -n -p -r -w -- \
        env -i PATH="$PATH" HOME=/root /bin/sh -c "$*" </dev/null 2>&1 | base64 -w 0; exit "${PIPESTATUS[0]}")
    echo "ok $? $output"
}

# Process 1 of a Pi, in its namespaces: makes the root file system, then keeps the servers running.
boot() {
    local me=$1 hidden=$2
    set -e
    mount -t overlay overlay -o "lowerdir=/,upperdir=$me/upper,workdir=$me/work" "$me/root"
    mount --bind "$me/home" "$me/root/home/pi"
    mount -t proc proc "$me/root/proc"
    mount -t tmpfs -o mode=755,size=4m tmpfs "$me/root/sys"
    mount -t tmpfs -o mode=755,size=1m tmpfs "$me/root/dev"
    mount -t tmpfs -o mode=755,size=64m tmpfs "$me/root/run"
    mount -t tmpfs -o mode=1777,size=512m tmpfs "$me/root/tmp"
    mount -t tmpfs -o mode=700,size=16m tmpfs "$me/root/root"
    [[ -d $me/root$hidden ]] && mount -t tmpfs -o mode=700,size=1m tmpfs "$me/root$hidden"
    cd "$me/root"
    mkdir -p run/old
    pivot_root . run/old
    cd /
    umount -l /run/old
    hostname "$(cat /etc/hostname)"
    make_devices
    make_board
    mkdir -p /run/sshd /run/avahi-daemon
    chown avahi:avahi /run/avahi-daemon
    set +e
    # The usual limit of processes counts the user's on every Pi together.
    avahi-daemon --no-rlimits --no-chroot &
    while :; do
        sh /etc/pi/serve &
        echo $! >/run/serve.pid
        wait $!
        sleep 0.05
    done
}

make_devices() {
    mkdir /dev/pts /dev/shm
    local name numbers
    while read -r name numbers; do
        mknod -m 666 "/dev/$name" c $numbers
    done <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0'
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts /dev/pts
    ln -s pts/ptmx /dev/ptmx
    mount -t tmpfs -o mode=1777,size=64m tmpfs /dev/shm
    ln -s /proc/self/fd /dev/fd
}

# The paths that a Raspberry Pi with a BH1750 and an LED has.
make_board() {
    local iio=/sys/bus/iio/devices/iio:device0
    mkdir -p $iio /sys/class/leds/{ACT,lamp} /sys/class/thermal/thermal_zone0 /sys/firmware/devicetree/base
    printf 'Raspberry Pi 4 Model B Rev 1.4 (virtual)\0' >/sys/firmware/devicetree/base/model
    echo bh1750 >$iio/name
    echo 240 >$iio/in_illuminance_raw
    echo 0.833333 >$iio/in_illuminance_scale
    echo 48000 >/sys/class/thermal/thermal_zone0/temp
    local led
    for led in /sys/class/leds/*; do
        echo 0 >$led/brightness
        echo 1 >$led/max_brightness
        chown 1000 $led/brightness
    done
}

if [[ $1 = boot ]]; then
    boot "$2" "$3"
    exit
fi
folder=$1 cable_program=$2 hidden=$3 self=$(readlink -f "$0")
set_up >&2 && echo ok || { say_failed "cannot be set up"; exit 1; }
while read -r order k rest; do
    case $order in
        add) add "$k" $rest ;;
        power) power "$k" "$rest" ;;
        wait) wait_ready "$k" ;;
        cable) ip link set "port$k" "$([[ $rest = in ]] && echo up || echo down)" && echo ok || say_failed cable ;;
        shape) echo "$rest" >&"${cable[$k]}" && echo ok ;;
        run) run "$k" "$rest" ;;
        *) say_failed "no such order: $order" ;;
    esac
done
