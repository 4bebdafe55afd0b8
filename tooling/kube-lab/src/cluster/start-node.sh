#!/bin/sh
# Runs in new mount and process namespaces, as the first process of a node: gives it directories of its own, and then
# only holds the namespaces. All mounts and processes disappear with it.
#
# usage: start-node.sh DIRECTORY IMAGES PAUSE
set -eu
directory=$1 images=$2 pause=$3

mkdir -p "$directory/lib/pxeboot" "$directory/log" "$directory/run" "$directory/store" "$directory/work" \
  "$directory/sysctl"
# The kubelet sets these for the whole host; here it sets copies of them.
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys \
  kernel/keys/root_maxbytes; do
  copy=$directory/sysctl/$(basename "$setting")
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done
# The pods' user writes to the node's own copy of the image store.
chown 65532:65532 "$directory/store"
mount -t overlay -o "lowerdir=$images,upperdir=$directory/store,workdir=$directory/work" overlay \
  "$directory/lib/pxeboot"
mount --rbind "$directory/lib" /var/lib
mount --bind "$directory/log" /var/log
mount --bind "$directory/run" /run
echo ready
exec "$pause"
