import { biosVirtio, type Firmware, uefiX64SecureBoot } from '../machine/firmware.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { LAB_NETWORK } from '../network/lab-network.js';
import { captureFinished } from '../stage/evidence-stages.js';
import { machineReset, quietFor } from '../stage/machine-stages.js';
import { type Stage } from '../stage/stage.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';
import { addressed, IMAGE_DEADLINE_MS } from './installer-boot.js';
import { type Scenario } from './scenario.js';

interface ArmedMachine {
  readonly name: string;
  readonly summary: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  /** Stages until the loader has its menu. */
  readonly menu: readonly Stage[];
}

/** Crypted password of a user that no machine ever gets: the lab stops the installer before. */
const CRYPTED = `$6$saltsaltsalt$${'a'.repeat(86)}`;

/** Matches the path of an armed machine's kernel, which GRUB and iPXE prefix with the machine's own. */
const ARMED_KERNEL = /^(?:\/m\/[^/]+(?:\/[^/]+)?)?\/s\/[\da-f]{32}\/debian\/.*\/linux$/;
const ANY_IMAGE = /\/debian\/.*\/(?:linux|initrd\.gz)$/;

/**
 * Returns a scenario in which a machine that is armed is installed although nobody presses a key: it fetches
 * its preseed, and the script of the preseed's early_command. Reset before the installation has ended, it
 * does not begin another one.
 */
function armedMachine({ menu, ...machine }: ArmedMachine): Scenario {
  return {
    ...machine,
    configuration: {
      kernelArgs: 'console=ttyS0,115200',
      hosts: [
        {
          name: 'lab1',
          match: { mac: LAB_NETWORK.clientMac },
          boot: 'install',
          profile: 'lab',
          // Without a name server from DHCP, the installer asks for one before it has its preseed.
          kernelArgs: `netcfg/get_nameservers=${LAB_NETWORK.serverAddress}`,
        },
      ],
      profiles: {
        lab: {
          locale: 'en_GB.UTF-8',
          keymap: 'gb',
          user: { name: 'ada', passwordHash: CRYPTED },
          raw: ['# of {{name}}'],
        },
      },
    },
    storeChange: 'forgetful',
    reboots: true,
    stores: ['all', 'trixie', 'bookworm'],
    stages: () => [
      ...addressed(),
      ...menu,
      httpDownload('kernel file', ARMED_KERNEL, IMAGE_DEADLINE_MS),
      httpDownload('initrd file', /\/initrd\.gz$/, IMAGE_DEADLINE_MS),
      httpDownload('preseed', '/p/***/preseed.cfg', 180_000),
      httpDownload('early command', '/i/***/early', 60_000),
      machineReset(),
      ...menu,
      quietFor(ANY_IMAGE, 25_000),
      captureFinished(),
    ],
  };
}

export const biosArmed: Scenario = armedMachine({
  name: 'bios-armed',
  summary: 'BIOS, armed, nobody presses a key: the installer starts and has its preseed, once',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  menu: [tftpTransfer('config', /^\/pxelinux\.cfg\//, 90_000)],
});

export const uefiArmed: Scenario = armedMachine({
  name: 'uefi-armed',
  summary: 'UEFI x64 with Secure Boot, armed: as bios-armed',
  firmware: uefiX64SecureBoot,
  dhcp: 'product',
  menu: [
    tftpTransfer('config', /\/grub\/grub\.cfg$/, 120_000),
    httpDownload('machine', /^\/m\/[^/]+\/amd64\/[^/]*\.cfg$/, 60_000),
  ],
});

export const ipxeArmed: Scenario = armedMachine({
  name: 'ipxe-armed',
  summary: 'iPXE, armed: as bios-armed',
  firmware: biosVirtio,
  dhcp: 'product',
  menu: [httpDownload('script', /\/ipxe\/i386\.ipxe$/, 60_000)],
});
