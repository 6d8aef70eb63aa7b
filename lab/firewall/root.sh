#!/bin/bash
# First process of a firewall: gives it a root file system of its own, all of whose changes stay in
# memory, and then waits. Runs in a new mount namespace inside the box.
# usage: root.sh STATE "LIBRARY…" [SIZE OF /cf IN BYTES]
set -e
state=$1 library=$2 cf_bytes=$3

mkdir -p "$state"/{layers,cf,stand-in,ssh}
mount -t tmpfs firewall "$state/layers"
mkdir "$state"/layers/{upper,work,root}
root=$state/layers/root
mount -t overlay firewall -o "lowerdir=/,upperdir=$state/layers/upper,workdir=$state/layers/work" "$root"

for path in /proc /sys /dev; do mount --rbind $path "$root$path"; done
for path in /tmp /run /usr/local /dev/shm; do mount -t tmpfs firewall "$root$path"; done
chmod 1777 "$root"/{tmp,dev/shm}
rm -rf "$root"/{etc/frr,etc/ssh,var/run,var/log/frr,var/tmp/frr,conf,cf,root/.ssh,etc/profile.d}
mkdir -p "$root"/{cf/conf/backup,var/db/stand-in,var/etc/frr,var/log/frr,var/tmp/frr,etc/ssh,run/frr,run/sshd}
mkdir -p -m 700 "$root/root/.ssh"
ln -s /run "$root/var/run"
ln -s /cf/conf "$root/conf"
# Debian's daemons and vtysh know their own folder; pfSense's is /var/etc/frr.
ln -s /var/etc/frr "$root/etc/frr"

mount --bind "$state/stand-in" "$root/var/db/stand-in"
if [ -n "$cf_bytes" ]; then
    mount -t tmpfs -o "size=$cf_bytes" cf "$root/cf/conf"
else
    mount --bind "$state/cf" "$root/cf/conf"
fi

for layer in $library; do cp -a "$layer/." "$root/"; done
# Programs of Debian that a firewall has in another place or form.
mv "$root"/usr/bin/{vtysh,pgrep} "$root/usr/lib/frr/"
mv "$root/usr/local/bin/pgrep" "$root/usr/bin/pgrep"
cp "$state"/setup/sshd_config "$root/etc/ssh/"
cp "$state"/setup/authorized_keys "$root/root/.ssh/"
cp "$state"/setup/version "$root/etc/version"
mkdir -p "$root/cf/conf/backup"
[ -e "$root/cf/conf/config.xml" ] || cp "$state/setup/config.xml" "$root/cf/conf/config.xml"
if [ -s "$state/setup/no-frr" ]; then
    mkdir -p "$root"/usr/local/repository/{pkg,sbin}
    mv "$root"/usr/local/pkg/frr* "$root/usr/local/repository/pkg/"
    mv "$root"/usr/local/sbin/frr* "$root/usr/local/repository/sbin/"
fi
chown -R root:root "$root"/{etc/inc,etc/ssh,usr/local,root/.ssh}
chown frr:frr "$root"/{run/frr,var/etc/frr,var/log/frr,var/tmp/frr}
chmod 755 "$root/run/sshd"
# Users of pfSense: admin has a menu as its shell and is root otherwise.
echo "admin:x:0:0:System Administrator:/root:/etc/rc.initial" >> "$root/etc/passwd"
echo "admin:*:20000:0:99999:7:::" >> "$root/etc/shadow"
echo /etc/rc.initial >> "$root/etc/shells"

cd "$root"
mkdir -p run/old-root
pivot_root . run/old-root
cd /
umount -l /run/old-root
# Renamed, so that nobody reads a file that is not written yet.
echo $$ > /var/db/stand-in/pid.new
mv /var/db/stand-in/pid.new /var/db/stand-in/pid
exec sleep infinity
