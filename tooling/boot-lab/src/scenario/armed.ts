import { lateCommand } from '../installation/installed-system.js';
import { ARCHIVE_PATH } from '../installation/installer-archive.js';
import { STEP_TEXT } from '../installation/stand-ins.js';
import {
  biosVirtio,
  type Firmware,
  uefiX64SecureBoot,
  uefiX64SecureBootHttp,
} from '../machine/firmware.js';
import { BOOT_HTTP_PORT } from '../network/boot-http-port.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { LAB_NETWORK } from '../network/lab-network.js';
import { dashboardFollowed, dashboardOpened } from '../stage/dashboard-stages.js';
import { captureFinished } from '../stage/evidence-stages.js';
import {
  archivePassedOn,
  archiveTrusted,
  diskBootListed,
  installedOnce,
  installedSystemStarted,
  installerLease,
  journalTells,
} from '../stage/installation-stages.js';
import { serialText } from '../stage/installer-stages.js';
import { machineReset, quietFor } from '../stage/machine-stages.js';
import { type Stage } from '../stage/stage.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';
import { type Settings } from '../store/fetched-store.js';
import { type StoreContent } from '../store/store-content.js';
import { addressed, IMAGE_DEADLINE_MS } from './installer-boot.js';
import { type Scenario } from './scenario.js';

interface ArmedMachine {
  readonly name: string;
  readonly summary: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  readonly stores: readonly [StoreContent, ...StoreContent[]];
  /** Stages until the loader has its menu. */
  readonly menu: readonly Stage[];
  /** Stages of a network boot that ends on the disk. @default those of `menu` */
  readonly menuOfDisk?: readonly Stage[];
}

const HOST = 'lab1';

/** Password hash of a user that is never created, since a stand-in installs the system. */
const CRYPTED = `$6$saltsaltsalt$${'a'.repeat(86)}`;

/** Matches the path of an armed machine's kernel, which GRUB and iPXE prefix with the machine's own path. */
const ARMED_KERNEL = /^(?:\/m\/[^/]+(?:\/[^/]+)?)?\/s\/[\da-f]{32}\/debian\/.*\/linux$/;
const ANY_IMAGE = /\/debian\/.*\/(?:linux|initrd\.gz)$/;

/**
 * Returns the settings that arm the lab's machine.
 *
 * @param profile - keys of its profile, besides those that every installation needs
 */
export function armedConfiguration(profile: Settings = {}): Settings {
  return {
    kernelArgs: 'console=ttyS0,115200 no_timer_check',
    hosts: [
      {
        name: HOST,
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
        mirror: { host: LAB_NETWORK.serverAddress, directory: ARCHIVE_PATH },
        user: { name: 'ada', passwordHash: CRYPTED },
        lateCommands: [lateCommand('{{name}}')],
        // The archive has no kernel modules: those of the initrd must suffice.
        raw: ['d-i anna/no_kernel_modules boolean true'],
        ...profile,
      },
    },
  };
}

/** Files that an armed machine loads. */
interface ArmedLoad {
  /** Transport of kernel and initrds. @default 'http' */
  readonly transport?: 'http' | 'tftp';
  /** True if there is an initrd with firmware. @default false */
  readonly hasFirmware?: boolean;
}

/** Returns the stages from power-on to the first script of the installer, without a key press. */
export function installerBegins(
  menu: readonly Stage[],
  { transport = 'http', hasFirmware = false }: ArmedLoad = {},
): readonly Stage[] {
  const fetched = transport === 'http' ? httpDownload : tftpTransfer;
  const firmware = fetched('firmware file', /\/firmware\/.*\.cpio$/, IMAGE_DEADLINE_MS);
  return [
    ...addressed(),
    ...menu,
    fetched('kernel file', ARMED_KERNEL, IMAGE_DEADLINE_MS),
    fetched('initrd file', /\/initrd\.gz$/, IMAGE_DEADLINE_MS),
    ...(hasFirmware ? [firmware] : []),
    installerLease(),
    httpDownload('preseed', '/p/***/preseed.cfg', 180_000),
    httpDownload('early command', '/i/***/early', 60_000),
  ];
}

/** Returns the stages from the components of the installer to its last script. */
function installerEnds(): readonly Stage[] {
  return [
    serialText('partitioned', new RegExp(STEP_TEXT.partitioned), 180_000),
    serialText('base system', new RegExp(STEP_TEXT.installed), 60_000),
    httpDownload('late command', '/i/***/late', 60_000),
  ];
}

/**
 * Returns a scenario in which an armed machine is installed although nobody presses a key, and then always
 * boots its disk: when the installer restarts it, and when it is reset later.
 */
function armedMachine({ menu, menuOfDisk = menu, ...machine }: ArmedMachine): Scenario {
  return {
    ...machine,
    configuration: { ...armedConfiguration(), menu: { timeout: 10 } },
    storeChange: 'forgetful',
    installs: true,
    reboots: true,
    stages: () => [
      ...installerBegins(menu),
      ...installerEnds(),
      httpDownload('done', '/i/***/done', 60_000),
      serialText('finished', new RegExp(STEP_TEXT.finished), 60_000),
      ...menuOfDisk,
      installedSystemStarted(HOST, 1),
      diskBootListed(),
      archiveTrusted(),
      journalTells(HOST),
      machineReset(),
      // GRUB uses the same TCP ports in each boot, so after a quick restart its connection may fail. GRUB
      // then shows the menu for all machines, which boots the disk as well.
      installedSystemStarted(HOST, 2),
      installedOnce('done'),
    ],
  };
}

export const PXELINUX_MENU: readonly Stage[] = [
  tftpTransfer('config', /^\/pxelinux\.cfg\//, 90_000),
];

/**
 * The menu of an installed machine is a single block. PXELINUX boots the disk at once, and may reset the card
 * before the card has sent the acknowledgement.
 */
const PXELINUX_STARTED: readonly Stage[] = [tftpTransfer('loader', '/ldlinux.c32', 90_000)];

const IPXE_MENU: readonly Stage[] = [httpDownload('script', /\/ipxe\/i386\.ipxe$/, 60_000)];

export const biosArmed: Scenario = armedMachine({
  name: 'bios-armed',
  summary: 'BIOS, armed, nobody presses a key: the machine is installed once, and boots its disk',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  stores: ['all', 'trixie', 'bookworm'],
  menu: PXELINUX_MENU,
  menuOfDisk: PXELINUX_STARTED,
});

export const uefiArmed: Scenario = armedMachine({
  name: 'uefi-armed',
  summary: 'UEFI x64 with Secure Boot, armed: as bios-armed',
  firmware: uefiX64SecureBoot,
  dhcp: 'product',
  stores: ['all', 'trixie', 'bookworm'],
  menu: [
    tftpTransfer('config', /\/grub\/grub\.cfg$/, 120_000),
    httpDownload('machine', /^\/m\/[^/]+\/amd64\/[^/]*\.cfg$/, 60_000),
  ],
});

export const uefiHttpArmed: Scenario = armedMachine({
  name: 'uefi-http-armed',
  summary: 'UEFI x64 HTTP Boot with Secure Boot, armed: as bios-armed',
  firmware: uefiX64SecureBootHttp,
  dhcp: 'product',
  stores: ['all', 'trixie'],
  menu: [httpDownload('machine', /^\/m\/[^/]+\/amd64\/[^/]*\.cfg$/, 120_000)],
});

export const ipxeArmed: Scenario = armedMachine({
  name: 'ipxe-armed',
  summary: 'iPXE, armed: as bios-armed',
  firmware: biosVirtio,
  dhcp: 'product',
  stores: ['all', 'trixie', 'bookworm'],
  menu: IPXE_MENU,
});

/**
 * {@link biosArmed} with a daemon that passes on the files of the archive, as for a machine that cannot reach a mirror.
 */
export const biosMirror: Scenario = {
  ...biosArmed,
  name: 'bios-mirror',
  summary: 'as bios-armed, and the installer gets the archive from the daemon (http.mirror)',
  stores: ['all'],
  configuration: {
    ...biosArmed.configuration,
    ...armedConfiguration({ mirror: 'server' }),
    http: { mirror: true },
    // Requests for files from a mirror are logged only at this level.
    log: { level: 'debug' },
    source: { kind: 'mirror', url: [`http://${LAB_NETWORK.serverAddress}${ARCHIVE_PATH}`] },
  },
  stages: (store) => [...biosArmed.stages(store), archivePassedOn()],
};

/** {@link biosArmed} while a browser shows the dashboard. */
export const dashboard: Scenario = {
  ...biosArmed,
  name: 'dashboard',
  summary: 'as bios-armed, and the dashboard in Chromium shows each step when it happens',
  watchesDashboard: true,
  stages: (store) => {
    const [ready, ...rest] = biosArmed.stages(store);
    const finished = rest.findIndex(({ name }) => name === 'finished');
    const [before, after] = [rest.slice(0, finished), rest.slice(finished)];
    return [
      ...(ready === undefined ? [] : [ready]),
      dashboardOpened(),
      ...before,
      dashboardFollowed(),
      ...after,
    ];
  },
};

/**
 * Bytes 50 to 54 of a TCP payload: what follows `GET /i/` and a token of 43 characters in the installer's requests.
 */
const REPORT_OF_END = `tcp dport ${BOOT_HTTP_PORT} @ih,400,40 0x${Buffer.from('/done').toString('hex')}`;

/**
 * An armed machine whose report of the completed installation is lost, and which is then reset twice: it is
 * installed once.
 */
export const biosUnreported: Scenario = {
  ...biosArmed,
  name: 'bios-unreported',
  summary: 'BIOS, armed, the report of the end is lost: the machine is not installed again',
  lostRequests: [REPORT_OF_END],
  stages: () => [
    ...installerBegins(PXELINUX_MENU),
    ...installerEnds(),
    // The installer tries to report the end five times, for ten seconds each.
    serialText('finished', new RegExp(STEP_TEXT.finished), 180_000),
    ...[1, 2, 3].flatMap((count) => [
      ...(count === 1 ? [] : [machineReset()]),
      ...PXELINUX_STARTED,
      installedSystemStarted(HOST, count),
    ]),
    installedOnce('late'),
  ],
};

/** An armed machine that is reset during its installation does not begin another one. */
export const biosInterrupted: Scenario = {
  name: 'bios-interrupted',
  summary: 'BIOS, armed, reset during the installation: it does not begin another one',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  configuration: armedConfiguration(),
  storeChange: 'forgetful',
  reboots: true,
  stores: ['all', 'trixie', 'bookworm'],
  stages: () => [
    ...installerBegins(PXELINUX_MENU),
    machineReset(),
    ...PXELINUX_MENU,
    quietFor(ANY_IMAGE, 25_000),
    captureFinished(),
  ],
};
