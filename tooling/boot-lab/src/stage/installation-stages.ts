import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from '@pxe/lab-host';

import { installedSystemText } from '../installation/installed-system.js';
import { readInstalledFile } from '../installation/usb-disk.js';
import { LAB_NETWORK } from '../network/lab-network.js';
import { type Boot } from './boot.js';
import { type Stage } from './stage.js';

const LOOK_INTERVAL_MS = 500;

/** Returns a stage that waits until the installer has its own address. */
export function installerLease(deadlineMs = 120_000): Stage {
  return {
    name: 'installer dhcp',
    deadlineMs,
    async run(boot, signal) {
      const { installerAddress } = LAB_NETWORK;
      const { program, lease } = boot.dhcp;
      const confirmed = (line: string): boolean =>
        lease.test(line) && line.includes(installerAddress);
      await program.lines.next(0, confirmed, signal);
      return installerAddress;
    },
  };
}

/**
 * Returns a stage that waits until the system that was installed has started.
 *
 * @param count - number of its starts so far, this one included
 */
export function installedSystemStarted(host: string, count: number, deadlineMs = 150_000): Stage {
  return {
    name: 'installed system',
    deadlineMs,
    async run({ machine }, signal) {
      const text = installedSystemText(host);
      for (;;) {
        const seen = (await machine.serial.readText()).split(text).length - 1;
        if (seen === count) {
          return `"${text}" on the serial port, time ${count}`;
        }
        signal.throwIfAborted();
        await sleep(LOOK_INTERVAL_MS);
      }
    },
  };
}

/** Returns a stage that checks that the installer, whose log is on the disk, verified the archive. */
export function archiveTrusted(): Stage {
  return {
    name: 'signature',
    deadlineMs: 30_000,
    async run({ installedDisk }) {
      if (installedDisk === undefined) {
        throw new LabError('ERR_LAB_STAGE', 'the scenario installs nothing');
      }
      const log = await readInstalledFile(installedDisk, '/var/log/installer/syslog');
      const checked = /net-retriever: gpgv: (Good signature .*)/.exec(log)?.[1];
      if (checked === undefined) {
        throw new LabError('ERR_LAB_STAGE', 'no good signature in the log of the installer');
      }
      return checked;
    },
  };
}

/** Returns a stage that checks that the installer got its indexes and components from the daemon. */
export function archivePassedOn(): Stage {
  return {
    name: 'mirror',
    deadlineMs: 10_000,
    run({ daemon }: Boot) {
      const files = daemon.log.entries.flatMap((event) =>
        event.event === 'http.request' && event.status === 200 && !event.aborted
          ? [event.path]
          : [],
      );
      const components = files.filter((path) => /^\/mirror\/http\/pool\/.*\.udeb$/.test(path));
      if (
        !files.some((path) => path.startsWith('/mirror/http/dists/')) ||
        components.length === 0
      ) {
        throw new LabError('ERR_LAB_STAGE', `not from the daemon: ${files.join(', ')}`);
      }
      return Promise.resolve(`${components.length} components through boot HTTP`);
    },
  };
}

/** Steps of the boot that installs, as `pxeboot boots MACHINE` prints them. */
const BOOT_STEPS = ['menu', 'kernel', 'initrd', 'preseed', 'early', 'late', 'installed'];
/** Steps that the installer's log contains, among others. */
const INSTALLER_STEPS = ['lab-partitioning', 'lab-base-system', 'lab-finish-install'];
/** States of the installation, as `pxeboot hosts show HOST` prints them. */
const HOST_STATES = ['armed', 'started', 'started', 'installed'];

/** Returns a stage that checks that `pxeboot boots` and `pxeboot hosts show` report each step. */
export function journalTells(host: string): Stage {
  return {
    name: 'journal',
    deadlineMs: 60_000,
    async run({ pxeboot }) {
      const { clientMac, installerAddress } = LAB_NETWORK;
      const boots = await pxeboot('boots', clientMac);
      const steps = columnOf(boots, /^ *\+(?:[\d.]+ (?:h|min|s) )+ *(\w+) /gm).filter(
        (step) => step !== 'installer',
      );
      const told = columnOf(boots, /^ *\+(?:[\d.]+ (?:h|min|s) )+ *installer (\S+)$/gm);
      const wanted = [...BOOT_STEPS, ...INSTALLER_STEPS].join(' ');
      if (
        !steps.join(' ').includes(BOOT_STEPS.join(' ')) ||
        !told.join(' ').includes(INSTALLER_STEPS.join(' '))
      ) {
        throw new LabError('ERR_LAB_STAGE', `no boot with the steps ${wanted}:\n${boots}`);
      }
      const shown = await pxeboot('hosts', 'show', host);
      const states = columnOf(shown, /^ *\d{4}-\S+ +(\w+)/gm);
      const end = shown.trimEnd().split('\n').at(-1) ?? '';
      if (states.join(' ') !== HOST_STATES.join(' ') || !end.includes(installerAddress)) {
        throw new LabError('ERR_LAB_STAGE', `not installed by ${installerAddress}:\n${shown}`);
      }
      return end.trim();
    },
  };
}

/** Row of a machine that its menu has sent to its disk, as `pxeboot boots` prints it. */
const DISK_BOOT = / local disk +[\d.]+ (?:s|min)/;

/** Returns a stage that waits until `pxeboot boots` reports that the machine's last boot went to its disk. */
export function diskBootListed(deadlineMs = 60_000): Stage {
  return {
    name: 'disk boot',
    deadlineMs,
    async run({ pxeboot }, signal) {
      for (;;) {
        const boots = await pxeboot('boots', '--limit', '1');
        if (boots.includes(LAB_NETWORK.clientMac) && DISK_BOOT.test(boots)) {
          return boots.trim().replaceAll(/ +/g, ' ');
        }
        if (signal.aborted) {
          throw new LabError('ERR_LAB_STAGE', `the last boot did not go to the disk:\n${boots}`);
        }
        await sleep(LOOK_INTERVAL_MS);
      }
    },
  };
}

function columnOf(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, word = '']) => word);
}

/**
 * Returns a stage that checks that no image and no preseed was fetched after the installation.
 *
 * @param last - last request of the installation: the late command, or the report of its end
 */
export function installedOnce(last: 'late' | 'done'): Stage {
  return {
    name: 'only once',
    deadlineMs: 10_000,
    run({ daemon }: Boot) {
      const requests = daemon.log.entries.flatMap((event) =>
        event.event === 'http.request' || event.event === 'tftp.transfer'
          ? [event.event === 'http.request' ? event.path : event.file]
          : [],
      );
      const end = requests.findIndex((path) => path.endsWith(`/${last}`));
      const later = requests.slice(end + 1);
      const unwanted = later.filter((path) => /\/(?:linux|initrd\.gz|preseed\.cfg)$/.test(path));
      if (end === -1 || unwanted.length > 0) {
        const message = `fetched after the end: ${unwanted.join(', ')}`;
        throw new LabError('ERR_LAB_STAGE', message);
      }
      return Promise.resolve(`${later.length} requests since the end, none for an installer`);
    },
  };
}
