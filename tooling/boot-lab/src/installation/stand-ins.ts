import { type Udeb } from './udeb.js';

/** Lines on the serial port, each at the end of a step of the installation. */
export const STEP_TEXT = {
  partitioned: 'pxeboot lab: disk partitioned',
  installed: 'pxeboot lab: base system installed',
  finished: 'pxeboot lab: installation finished',
} as const;

const FORMATTED_FILE = 'usr/share/lab-partitioning/formatted.gz';
const SYSTEM_DIRECTORY = 'usr/share/lab-base-system';

/**
 * Replaces partman: writes a prepared partition with a boot sector to the first disk, and mounts it.
 */
const PARTITIONING = `#!/bin/sh
set -e
tries=0
until disk=$(list-devices disk | head -n 1) && [ -n "$disk" ]; do
  tries=$((tries + 1))
  [ $tries -lt 60 ]
  sleep 1
done
zcat /${FORMATTED_FILE} >"$disk"
# udev may be reading the new partitions already.
blockdev --rereadpt "$disk" || true
udevadm settle
modprobe vfat
mkdir -p /target
mount -t vfat "\${disk}1" /target
echo "${STEP_TEXT.partitioned}" >/dev/console
`;

/** Replaces base-installer and the boot loader's installer: copies a small system. */
const BASE_SYSTEM = `#!/bin/sh
set -e
cp -r /${SYSTEM_DIRECTORY}/. /target
echo "${STEP_TEXT.installed}" >/dev/console
`;

/**
 * Replaces finish-install: runs the same scripts, the preseed's late_command among them, and reboots.
 */
const FINISHING = `#!/bin/sh
. /usr/share/debconf/confmodule
for script in /usr/lib/finish-install.d/*; do
  log-output -t finish-install "$script" || logger -t finish-install "$script returned error code $?"
done
sync
umount /target
echo "${STEP_TEXT.finished}" >/dev/console
/lib/debian-installer/exit
`;

/**
 * Returns stand-ins for the installer's components that partition a disk, install a system and end the
 * installation. All other components are Debian's own, including those that configure the network and fetch
 * the stand-ins.
 *
 * @param formattedStart - beginning of a partitioned disk, compressed
 * @param system - files on this host by path in the new system
 */
export function standIns(
  formattedStart: string,
  system: ReadonlyMap<string, string>,
): readonly Udeb[] {
  return [
    {
      name: 'lab-partitioning',
      menuItem: 4200,
      title: 'Partition disks (stand-in)',
      postinst: PARTITIONING,
      files: new Map([[FORMATTED_FILE, formattedStart]]),
    },
    {
      name: 'lab-base-system',
      menuItem: 6200,
      depends: 'lab-partitioning',
      title: 'Install the base system (stand-in)',
      postinst: BASE_SYSTEM,
      files: new Map([...system].map(([path, file]) => [`${SYSTEM_DIRECTORY}/${path}`, file])),
    },
    {
      name: 'lab-finish-install',
      menuItem: 7300,
      depends: 'lab-base-system',
      title: 'Finish the installation (stand-in)',
      postinst: FINISHING,
    },
  ];
}
