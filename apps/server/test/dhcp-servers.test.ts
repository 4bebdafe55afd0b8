import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { bootPlan, type BootPlan } from '../src/dhcp/boot-files.js';
import { DHCP_SNIPPETS } from '../src/dhcp/snippets.js';
import { biosLoaders, efiLoaders } from './support/boot-loaders.js';
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
import { DhcpServerLink } from './support/dhcp/server-link.js';
import { DHCP_PROGRAMS, dnsmasqProxy } from './support/dhcp/server-programs.js';

/** Address of the boot server: in the network of the machines, as dnsmasq requires for ProxyDHCP. */
const PXEBOOT = '10.90.0.9';
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

/** Plan with only Debian 12, whose GRUB cannot load over HTTP. */
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

describe.skipIf(lacks('ip', 'dnsmasq', 'apt-get', 'dpkg-deb') || lacksRoot())(
  'the printed DHCP configuration in the real server',
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
      return new DhcpServerLink(await DHCP_PROGRAMS[server]!(snippet, folder));
    }

    describe.each(Object.keys(DHCP_PROGRAMS))('%s', (server) => {
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

    it('of dnsmasq as ProxyDHCP offers the same files without leasing an address, and ignores clients without a boot file', async () => {
      const snippet = DHCP_SNIPPETS['dnsmasq-proxy']!(EVERYTHING);
      const folder = await mkdtemp(join(directory, 'dnsmasq-proxy'));
      await using link = new DhcpServerLink(await dnsmasqProxy(snippet, folder));
      const isFirmware = ([, , { bootFile }]: Case): boolean => bootFile !== '';
      for (const [client, options, expected] of WITH_EVERYTHING.filter(isFirmware)) {
        const offer = await link.ask(discover(options));
        expect.soft(bootOf(offer), client).toMatchObject({ vendorClass: 'PXEClient', ...expected });
        if (expected === menu) {
          // iPXE ignores the boot file of a ProxyDHCP answer that names no server.
          expect.soft(offer.nextServer, client).toBe(PXEBOOT);
        }
        // ProxyDHCP leases no address: the answer has no lease time and no subnet mask.
        expect.soft(offer.options.has(51) || offer.options.has(1), client).toBe(false);
      }

      const others = WITH_EVERYTHING.filter((one) => !isFirmware(one));
      const asked = others.map(([client, options]) => [client, discover(options)] as const);
      for (const [, message] of asked) {
        link.send(message);
      }
      // Questions are answered in the order in which they arrive, so any answer to the earlier ones comes
      // before this one.
      await link.ask(discover(firmware(7)));
      expect(others.length).toBeGreaterThan(4);
      for (const [client, message] of asked) {
        expect.soft(link.offerTo(message), client).toBeUndefined();
      }
    });
  },
);

function bootOf({ bootFile, nextServer, options }: DhcpOffer): Expectation {
  return { bootFile, nextServer, vendorClass: options.get(60)?.toString() ?? '' };
}
