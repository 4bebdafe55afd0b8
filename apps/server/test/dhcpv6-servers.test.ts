import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { unpackPrograms } from '@pxe/lab-host';
import { lacks, lacksRoot } from '@pxe/test-host';

import { bootPlan } from '../src/dhcp/boot-files.js';
import { DHCPV6_SNIPPETS } from '../src/dhcp/snippets.js';
import { biosLoaders, efiLoaders } from './support/boot-loaders.js';
import { DhcpIpv6Link } from './support/dhcp/ipv6-link.js';
import { ADVERTISE, firmware, ipxe, laptop, solicit } from './support/dhcp/ipv6-messages.js';

const PXEBOOT = '2001:db8::9';
const BASE_URL = `http://[${PXEBOOT}]:8069`;
const PATIENCE_MS = 60_000;

const PLAN = bootPlan(
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

const BOOT_FILE_URL = 59;
const VENDOR_CLASS = 16;
const HTTP_CLIENT = '\0\0\u0001W\0\nHTTPClient';

const CLIENTS = [
  ['32-bit UEFI', firmware(6), `tftp://[${PXEBOOT}]/bootnetia32.efi`],
  ['x64 UEFI', firmware(7), `tftp://[${PXEBOOT}]/bootnetx64.efi`],
  ['x64 UEFI that sends EBC', firmware(9), `tftp://[${PXEBOOT}]/bootnetx64.efi`],
  ['arm64 UEFI', firmware(11), `tftp://[${PXEBOOT}]/bootnetaa64.efi`],
  ['iPXE on x64 UEFI', ipxe(7), `${BASE_URL}/menu.ipxe`],
  ['iPXE on a BIOS', ipxe(0), `${BASE_URL}/menu.ipxe`],
  ['firmware of an unknown kind', firmware(27), undefined],
  ['a machine that boots from its disk', laptop, undefined],
] as const;

/** Clients that accept only an answer with their vendor class. */
const HTTP_CLIENTS = [
  ['x64 HTTP Boot', firmware(16, 'HTTPClient'), `${BASE_URL}/bootnetx64.efi`],
  ['arm64 HTTP Boot', firmware(19, 'HTTPClient'), `${BASE_URL}/bootnetaa64.efi`],
] as const;

/** Starts a server whose configuration contains a snippet, and waits until it is ready. */
type Start = (link: DhcpIpv6Link, snippet: string, directory: string) => Promise<void>;

const { SERVER_INTERFACE } = DhcpIpv6Link;

const SERVERS: Readonly<Record<string, Start>> = {
  async dnsmasq({ server }, snippet, directory) {
    const file = join(directory, 'pxeboot.conf');
    await writeFile(file, snippet);
    const program = await server.start('dnsmasq', [
      ...['--no-daemon', '--user=root', '--port=0', `--conf-file=${file}`, '--pid-file='],
      ...[`--interface=${SERVER_INTERFACE}`, '--dhcp-range=fd90::50,fd90::200,64,1h'],
      ...[`--dhcp-leasefile=${join(directory, 'leases')}`, '--log-facility=-'],
    ]);
    await program.line(/DHCPv6, IP range/, PATIENCE_MS);
  },

  async isc({ server }, snippet, directory) {
    const { root } = await unpackPrograms(['isc-dhcp-server']);
    const file = join(directory, 'dhcpd6.conf');
    const leases = join(directory, 'leases');
    await writeFile(file, `${snippet}\nsubnet6 fd90::/64 { range6 fd90::50 fd90::200; }\n`);
    await writeFile(leases, '');
    const program = await server.start(join(root, 'usr/sbin/dhcpd'), [
      ...['-d', '-6', '-cf', file, '-lf', leases, '-pf', join(directory, 'pid'), SERVER_INTERFACE],
    ]);
    await program.line(/Server starting service/, PATIENCE_MS);
  },

  async kea({ server }, snippet, directory) {
    const { root, libraryPath } = await unpackPrograms(['kea-dhcp6-server']);
    const file = join(directory, 'kea.json');
    const pools = [{ pool: 'fd90::50-fd90::200' }];
    const Dhcp6 = {
      'interfaces-config': { interfaces: [SERVER_INTERFACE] },
      'lease-database': { type: 'memfile', persist: false },
      'server-id': { type: 'LL', persist: false },
      subnet6: [{ id: 1, subnet: 'fd90::/64', interface: SERVER_INTERFACE, pools }],
      ...(JSON.parse(snippet) as object),
    };
    await writeFile(file, JSON.stringify({ Dhcp6 }));
    const program = await server.start(join(root, 'usr/sbin/kea-dhcp6'), ['-c', file], {
      env: {
        ...process.env,
        LD_LIBRARY_PATH: libraryPath,
        KEA_PIDFILE_DIR: directory,
        KEA_LOCKFILE_DIR: directory,
      },
    });
    await program.line(/DHCP6_STARTED/, PATIENCE_MS);
  },
};

describe.skipIf(lacks('ip', 'dnsmasq', 'apt-get', 'dpkg-deb') || lacksRoot())(
  'the printed DHCPv6 configuration in the real server',
  { timeout: 120_000 },
  () => {
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-dhcpv6-'));
    });

    afterAll(async () => {
      await rm(directory, { recursive: true });
    });

    it.each(Object.keys(SERVERS))('%s gives each client its URL', async (name) => {
      await using link = await DhcpIpv6Link.create();
      const snippet = DHCPV6_SNIPPETS[name]!(PLAN);
      await SERVERS[name]!(link, snippet, await mkdtemp(join(directory, `${name}-`)));
      for (const [client, options, url] of CLIENTS) {
        const { type, options: answer } = await link.ask(solicit(options));
        expect.soft(type, client).toBe(ADVERTISE);
        expect.soft(answer.get(BOOT_FILE_URL)?.toString(), client).toBe(url);
        expect.soft(answer.has(VENDOR_CLASS), client).toBe(false);
      }
      for (const [client, options, url] of HTTP_CLIENTS) {
        const { options: answer } = await link.ask(solicit(options));
        const named = [BOOT_FILE_URL, VENDOR_CLASS].map((code) =>
          answer.get(code)?.toString('latin1'),
        );
        expect
          .soft(named, client)
          .toEqual(name === 'dnsmasq' ? [undefined, undefined] : [url, HTTP_CLIENT]);
      }
    });
  },
);

describe('DHCPV6_SNIPPETS', () => {
  const bookworm = bootPlan(
    { biosLoaders, efiLoaders: [efiLoaders('bookworm', 'amd64', false)] },
    PXEBOOT,
    BASE_URL,
  );

  it.each(Object.keys(DHCPV6_SNIPPETS))('%s without HTTP Boot in the store', (name) => {
    const snippet = DHCPV6_SNIPPETS[name]!(bookworm);
    expect(snippet).toContain(`tftp://[${PXEBOOT}]/bootnetx64.efi`);
    expect(snippet).toContain(`${BASE_URL}/menu.ipxe`);
    expect(snippet).not.toMatch(/HTTP|lpxelinux|vendor-class/);
  });
});
