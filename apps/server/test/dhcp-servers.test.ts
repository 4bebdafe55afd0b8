import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { bootPlan, type BootPlan } from '../src/dhcp/boot-files.js';
import { DHCP_SNIPPETS } from '../src/dhcp/snippets.js';
import { biosLoaders, efiLoaders } from './support/boot-loaders.js';
import { unpackedPrograms } from './support/debian-packages.js';
import {
  curiousInstaller,
  firmware,
  installer,
  ipxe,
  laptop,
  terseHttpBoot,
  uBoot,
  uBootAsUefi,
} from './support/dhcp/clients.js';
import { type DhcpOffer, discover } from './support/dhcp/message.js';
import { DhcpServerLink, type ServerProgram } from './support/dhcp/server-link.js';

const PXEBOOT = '192.0.2.9';
const BASE_URL = `http://${PXEBOOT}:8069`;

/** Plan with every loader in the store, of both suites. */
const EVERYTHING = bootPlan(
  {
    biosLoaders,
    efiLoaders: [
      efiLoaders('trixie', 'amd64', true),
      efiLoaders('trixie', 'arm64', true),
      efiLoaders('bookworm', 'i386', false),
    ],
  },
  PXEBOOT,
  BASE_URL,
);

/** Plan with Debian 12 only, whose GRUB cannot load over HTTP. */
const BOOKWORM = bootPlan(
  { biosLoaders, efiLoaders: [efiLoaders('bookworm', 'amd64', false)] },
  PXEBOOT,
  BASE_URL,
);

const tftp = (bootFile: string) => ({ bootFile, nextServer: PXEBOOT });
const http = (path: string) => ({ bootFile: `${BASE_URL}/${path}`, vendorClass: 'HTTPClient' });
const menu = { bootFile: `${BASE_URL}/menu.ipxe` };
const nothing = { bootFile: '' };

type Expectation = Readonly<{ bootFile: string; nextServer?: string; vendorClass?: string }>;
type Case = readonly [client: string, options: ReadonlyMap<number, Buffer>, answer: Expectation];

const WITH_EVERYTHING: readonly Case[] = [
  ['a BIOS', firmware(0), tftp('lpxelinux.0')],
  ['32-bit UEFI', firmware(6), tftp('bootnetia32.efi')],
  ['x64 UEFI', firmware(7), tftp('bootnetx64.efi')],
  ['x64 UEFI that sends EBC', firmware(9), tftp('bootnetx64.efi')],
  ['arm64 UEFI', firmware(11), tftp('bootnetaa64.efi')],
  ['x64 HTTP Boot', firmware(16, 'HTTPClient'), http('bootnetx64.efi')],
  ['arm64 HTTP Boot', firmware(19, 'HTTPClient'), http('bootnetaa64.efi')],
  ['HTTP Boot that requests few parameters', terseHttpBoot, http('bootnetx64.efi')],
  ['iPXE on a BIOS', ipxe(0), menu],
  ['iPXE on x64 UEFI', ipxe(7), menu],
  ['iPXE on arm64 UEFI', ipxe(11), menu],
  ['U-Boot', uBoot, { bootFile: '', nextServer: PXEBOOT }],
  ['U-Boot that acts as UEFI', uBootAsUefi, { bootFile: '', nextServer: PXEBOOT }],
  ['firmware of an unknown kind', firmware(27), nothing],
  ['the installer', installer, nothing],
  ['an installer that requests a boot file', curiousInstaller, nothing],
  ['a machine that boots from its disk', laptop, nothing],
];

const WITH_BOOKWORM: readonly Case[] = [
  ['a BIOS', firmware(0), tftp('lpxelinux.0')],
  ['x64 UEFI', firmware(7), tftp('bootnetx64.efi')],
  ['32-bit UEFI without a loader in the store', firmware(6), nothing],
  ['arm64 UEFI without a loader in the store', firmware(11), nothing],
  ['x64 HTTP Boot, which Debian 12 cannot do', firmware(16, 'HTTPClient'), nothing],
  ['U-Boot without images in the store', uBootAsUefi, nothing],
  ['iPXE on x64 UEFI', ipxe(7), menu],
  ['the installer', installer, nothing],
];

/** Starts a server whose configuration contains a snippet. */
type Configure = (snippet: string, directory: string) => Promise<ServerProgram>;

const { SERVER_INTERFACE } = DhcpServerLink;

const SERVERS: Readonly<Record<string, Configure>> = {
  async dnsmasq(snippet, directory) {
    const file = join(directory, 'pxeboot.conf');
    await writeFile(file, snippet);
    return {
      program: 'dnsmasq',
      args: [
        ...['--no-daemon', '--user=root', '--port=0', '--no-ping', `--conf-file=${file}`],
        ...[`--interface=${SERVER_INTERFACE}`, '--dhcp-range=10.90.0.50,10.90.0.200'],
        ...[`--dhcp-leasefile=${join(directory, 'leases')}`, '--pid-file='],
      ],
    };
  },

  async isc(snippet, directory) {
    const root = await unpackedPrograms(['isc-dhcp-server']);
    const subnet = 'subnet 10.90.0.0 netmask 255.255.255.0 { range 10.90.0.50 10.90.0.200; }';
    const file = join(directory, 'dhcpd.conf');
    await writeFile(file, `ping-check false;\n${snippet}\n${subnet}\n`);
    await writeFile(join(directory, 'leases'), '');
    return {
      program: join(root, 'usr/sbin/dhcpd'),
      args: [
        ...['-f', '-4', '-cf', file, '-lf', join(directory, 'leases')],
        ...['-pf', join(directory, 'pid'), SERVER_INTERFACE],
      ],
    };
  },

  async kea(snippet, directory) {
    const root = await unpackedPrograms(['kea-dhcp4-server']);
    const file = join(directory, 'kea.json');
    const pools = [{ pool: '10.90.0.50-10.90.0.200' }];
    const Dhcp4 = {
      'interfaces-config': { interfaces: [SERVER_INTERFACE] },
      'lease-database': { type: 'memfile', persist: false },
      subnet4: [{ id: 1, subnet: '10.90.0.0/24', pools }],
      ...(JSON.parse(snippet) as object),
    };
    await writeFile(file, JSON.stringify({ Dhcp4 }));
    return {
      program: join(root, 'usr/sbin/kea-dhcp4'),
      args: ['-c', file],
      env: {
        LD_LIBRARY_PATH: await libraryFolder(root),
        KEA_PIDFILE_DIR: directory,
        KEA_LOCKFILE_DIR: directory,
      },
    };
  },
};

describe.skipIf(lacks('ip', 'dnsmasq', 'apt-get', 'dpkg-deb') || lacksRoot())(
  'the printed DHCP configuration, in the real server',
  { timeout: 120_000 },
  () => {
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-dhcp-'));
    });

    afterAll(async () => {
      await rm(directory, { recursive: true });
    });

    async function withServer(server: string, plan: BootPlan): Promise<DhcpServerLink> {
      const folder = await mkdtemp(join(directory, server));
      const snippet = DHCP_SNIPPETS[server]!(plan);
      return new DhcpServerLink(await SERVERS[server]!(snippet, folder));
    }

    describe.each(Object.keys(SERVERS))('%s', (server) => {
      it.each([
        ['with every loader in the store', EVERYTHING, WITH_EVERYTHING],
        ['with Debian 12 for amd64 only', BOOKWORM, WITH_BOOKWORM],
      ] as const)('%s, gives each client its file', async (_title, plan, cases) => {
        await using link = await withServer(server, plan);
        for (const [client, options, expected] of cases) {
          const offer = await link.ask(discover(options));
          expect.soft(bootOf(offer), client).toMatchObject(expected);
        }
      });
    });
  },
);

/** `usr/lib/x86_64-linux-gnu` of an unpacked package, for the architecture of this machine. */
async function libraryFolder(root: string): Promise<string> {
  const folders = await readdir(join(root, 'usr/lib'));
  return join(root, 'usr/lib', folders.find((name) => name.includes('-linux-gnu')) ?? '');
}

function bootOf({ bootFile, nextServer, options }: DhcpOffer): Expectation {
  return { bootFile, nextServer, vendorClass: options.get(60)?.toString() ?? '' };
}
