import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openStore } from '@pxe/debian-netboot';
import { lacks, lacksRoot } from '@pxe/test-host';

import { bootPlan, type BootPlan } from '../src/dhcp/boot-files.js';
import { DHCP_SNIPPETS } from '../src/dhcp/snippets.js';
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
import { discover } from './support/dhcp/message.js';
import { DhcpServerLink, type ServerProgram } from './support/dhcp/server-link.js';
import { DHCP_PROGRAMS } from './support/dhcp/server-programs.js';
import { PXEBOOT } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

const { SERVER_ADDRESS, SERVER_INTERFACE } = DhcpServerLink;
const BASE_URL = `http://${SERVER_ADDRESS}:8069`;

/** User of the container image. */
const CONTAINER_USER = 65_532;

/** The daemon starts no apt-get, which would outlive it. */
const NO_MIRROR = ['--source-kind', 'mirror', '--source-url', 'http://127.0.0.1:9/debian'];

const DNSMASQ: readonly string[] = [
  ...['--no-daemon', '--user=root', '--port=0', '--no-ping', '--conf-file=/dev/null'],
  ...[`--interface=${SERVER_INTERFACE}`, '--pid-file='],
];

/** Configurations that name no boot files. */
const NO_BOOT_LINES: Readonly<Record<string, string>> = { dnsmasq: '', isc: '', kea: '{}' };

/** Clients that get no offer. */
const IGNORED: readonly (readonly [string, ReadonlyMap<number, Buffer>])[] = [
  ['U-Boot', uBoot],
  ['U-Boot that acts as UEFI', uBootAsUefi],
  ['firmware of an unknown kind', firmware(27)],
  ['the installer', installer],
  ['an installer that requests a boot file', curiousInstaller],
  ['a machine that boots from its disk', laptop],
  ['a switch', new Map([[60, Buffer.from('Arista;DCS-7050;PXEClient')]])],
];

describe.skipIf(lacks('ip', 'dnsmasq', 'apt-get', 'dpkg-deb') || lacksRoot())('proxyDhcp', () => {
  let directory: string;
  let store: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-proxy-dhcp-'));
    store = join(directory, 'store');
    await copyTestStore(store);
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  /** Starts the daemon in its own network. */
  function serve(...args: readonly string[]): DhcpServerLink {
    return new DhcpServerLink({
      program: process.execPath,
      args: [...daemonArgs(store), '--proxy-dhcp-interfaces', SERVER_INTERFACE, ...args],
    });
  }

  async function planOf(): Promise<BootPlan> {
    const generation = await (await openStore(store, { readOnly: true })).current();
    if (generation === undefined) {
      throw new Error('the store has no images');
    }
    return bootPlan(generation.manifest, SERVER_ADDRESS, BASE_URL);
  }

  it('offers the file that the printed configurations name, and no address', async () => {
    await using link = serve();
    const { files, ipxe: script } = await planOf();
    const expected = files.flatMap(({ architectures, transport, file }) =>
      architectures.map((architecture) => ({ architecture, transport, file })),
    );

    expect(expected.length).toBeGreaterThan(2);
    for (const { architecture, transport, file } of expected) {
      const vendor = transport === 'http' ? 'HTTPClient' : 'PXEClient';
      const offer = await link.ask(discover(firmware(architecture, vendor)));
      expect(offer).toMatchObject({ bootFile: file, nextServer: SERVER_ADDRESS });
      expect(offer.options.get(60)?.toString()).toBe(vendor);
      // ProxyDHCP leases no address: the answer has no lease time and no subnet mask.
      expect(offer.options.has(51) || offer.options.has(1)).toBe(false);
    }
    for (const architecture of [0, 7, 11]) {
      const offer = await link.ask(discover(ipxe(architecture)));
      expect(offer.bootFile).toBe(script);
    }
    expect((await link.ask(discover(terseHttpBoot))).bootFile).toBe(`${BASE_URL}/bootnetx64.efi`);
    await expect
      .poll(() => link.serverOutput)
      .toContain('"msg":"DHCP: offered bootnetx64.efi to 02:00');
  });

  it('answers nothing else', async () => {
    await using link = serve();
    await link.ask(discover(firmware(0)));
    const asked = IGNORED.map(([name, options]) => [name, discover(options)] as const);
    for (const [, message] of asked) {
      link.send(message);
    }

    // Questions are answered in the order in which they arrive, so any answer to the earlier ones comes before
    // this one.
    await link.ask(discover(firmware(7)));
    for (const [name, message] of asked) {
      expect(link.offerTo(message), name).toBeUndefined();
    }
  });

  it('works as a user who has only the capability of the container', async () => {
    await giveToContainerUser(directory);
    await using link = new DhcpServerLink(asContainerUser(store));
    const offer = await link.ask(discover(firmware(7)));
    const url = await link.ask(discover(firmware(16, 'HTTPClient')));

    expect(offer).toMatchObject({ bootFile: 'bootnetx64.efi', nextServer: SERVER_ADDRESS });
    expect(url.bootFile).toBe(`${BASE_URL}/bootnetx64.efi`);
    const status = await readFile(`/proc/${link.serverPid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s65532\s/m);
    expect(status).toMatch(/^CapEff:\s0000000000000400$/m);
    expect(status).toMatch(/^CapBnd:\s0000000000000400$/m);
    // Both ports, and port 68 for its own question.
    const ports = link.startNextToServer({ program: 'ss', args: ['-Hlun'] });
    // The pattern matches nothing, so that all output is read.
    const listening = await output(ports, /the end/);
    // Native sockets are bound to the interface.
    expect(listening).toMatch(/ 255\.255\.255\.255(?:%server0)?:67 /);
    expect(listening).toContain(`${SERVER_ADDRESS}:4011`);
    expect(link.serverOutput).not.toContain('dhcp.no-probe');
    expect(link.serverOutput).not.toContain('dhcp.no-ipv6');
  });

  it('finds the DHCP server as a user who has only the capability of the container', async () => {
    await giveToContainerUser(directory);
    await using link = new DhcpServerLink(dhcpServer(directory));
    await link.ask(discover(laptop));
    const daemon = link.startNextToClient(asContainerUser(store, 'client0'));

    const said = new RegExp(`DHCP: ${SERVER_ADDRESS} \\(dnsmasq\\) gives the addresses on client0`);
    expect(await output(daemon, said)).toMatch(said);
  });

  it('serves several interfaces, each with its own address', async () => {
    await using link = new DhcpServerLink(
      {
        program: process.execPath,
        args: [...daemonArgs(store), '--proxy-dhcp-interfaces', `${SERVER_INTERFACE},server1`],
      },
      true,
    );
    const offer = await link.ask(discover(firmware(7)));
    const second = await link.askOnSecond(discover(firmware(7)));
    const url = await link.askOnSecond(discover(firmware(16, 'HTTPClient')));

    expect(offer).toMatchObject({ bootFile: 'bootnetx64.efi', nextServer: SERVER_ADDRESS });
    expect(second).toMatchObject({ bootFile: 'bootnetx64.efi', nextServer: '10.91.0.1' });
    expect(url.bootFile).toBe('http://10.91.0.1:8069/bootnetx64.efi');
  });

  it('answers only on the first interface if native sockets are unavailable, and logs why', async () => {
    await using link = new DhcpServerLink(
      {
        program: process.execPath,
        args: [...daemonArgs(store), '--proxy-dhcp-interfaces', `${SERVER_INTERFACE},server1`],
        env: { UDP_BATCH_NATIVE: 'off' },
      },
      true,
    );
    const offer = await link.ask(discover(firmware(7)));

    expect(offer).toMatchObject({ bootFile: 'bootnetx64.efi', nextServer: SERVER_ADDRESS });
    expect(link.serverOutput).toContain(
      '"msg":"ProxyDHCP answers only on server0, not on server1: serving several interfaces needs native sockets',
    );
  });

  it.each([
    ['dnsmasq', 'dnsmasq'],
    ['isc', 'ISC dhcpd'],
    ['kea', 'Kea'],
  ])('finds out that %s gives the addresses, and leases none', async (name, title) => {
    await using link = new DhcpServerLink(
      await DHCP_PROGRAMS[name]!(NO_BOOT_LINES[name]!, directory),
    );
    await link.ask(discover(laptop));
    const daemon = link.startNextToClient({
      program: process.execPath,
      args: [...daemonArgs(store), '--proxy-dhcp-interfaces', 'client0'],
    });

    const said = new RegExp(
      `DHCP: ${SERVER_ADDRESS} \\(${title}\\) gives the addresses on client0`,
    );
    expect(await output(daemon, said)).toMatch(said);
    expect(link.serverOutput).not.toMatch(/DHCPREQUEST|DHCPACK/);
  });

  it('warns of another ProxyDHCP service and names its boot files', async () => {
    await using link = new DhcpServerLink({
      program: 'dnsmasq',
      args: [...DNSMASQ, '--dhcp-range=10.90.0.0,proxy', '--pxe-service=x86PC,Other,other'],
    });
    await expect.poll(() => link.serverOutput).toContain('DHCP, proxy');
    const daemon = link.startNextToClient({
      program: process.execPath,
      args: [...daemonArgs(store), '--proxy-dhcp-interfaces', 'client0'],
    });

    const said =
      /another ProxyDHCP service answers on client0: 10\.90\.0\.1 names other\.0 for BIOS/;
    expect(await output(daemon, said)).toMatch(said);
  });

  it('waits for the interface', async () => {
    await using link = serve('--proxy-dhcp-interfaces', 'absent0');

    await expect
      .poll(() => link.serverOutput)
      .toContain('ProxyDHCP is waiting: absent0 has no IPv4');
    await expect.poll(() => link.serverOutput).toContain('"event":"serve.ready"');
  });

  it('does not listen by default', async () => {
    await using link = serve('--proxy-dhcp-enabled', 'false');
    await expect.poll(() => link.serverOutput).toContain('"event":"serve.ready"');
    const dnsmasq = link.startNextToServer(dhcpServer(directory));

    // Without bind-interfaces, dnsmasq would not start if port 67 were in use.
    expect(await output(dnsmasq, /DHCP, IP range/)).not.toContain('failed');
  });

  it('fails if a DHCP server has port 67 for itself, and prints the lines for it', async () => {
    const lease = new DhcpServerLink(dhcpServer(directory));
    await using link = lease;
    await expect.poll(() => link.serverOutput).toContain('DHCP, IP range');
    const daemon = link.startNextToServer({
      program: process.execPath,
      args: [
        ...[PXEBOOT, 'serve', '--data-dir', store, '--state', 'off'],
        ...NO_MIRROR,
        ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', SERVER_INTERFACE],
      ],
    });
    let stderr = '';
    daemon.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(daemon, 'close')) as [number];

    expect(code).toBe(1);
    expect(stderr).toContain(
      'cannot listen for ProxyDHCP on 255.255.255.255:67: another program uses this port (EADDRINUSE)',
    );
    expect(stderr).toMatch(/dnsmasq \(process \d+\) uses it/);
    expect(stderr).toContain(DHCP_SNIPPETS['dnsmasq']?.(await planOf()));
  });
});

/** Gives the folders to the container's user. The files are hard links to those of the shared store. */
async function giveToContainerUser(directory: string): Promise<void> {
  await chown(directory, CONTAINER_USER, CONTAINER_USER);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) {
      await chown(join(entry.parentPath, entry.name), CONTAINER_USER, CONTAINER_USER);
    }
  }
}

/** Returns the daemon as a container's runtime starts it, with `--cap-drop ALL --cap-add NET_BIND_SERVICE`. */
function asContainerUser(store: string, device = SERVER_INTERFACE): ServerProgram {
  const only = '-all,+net_bind_service';
  return {
    program: 'setpriv',
    args: [
      ...[`--reuid=${CONTAINER_USER}`, `--regid=${CONTAINER_USER}`, '--clear-groups'],
      ...[`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`],
      ...['--no-new-privs', process.execPath, ...daemonArgs(store)],
      ...['--proxy-dhcp-interfaces', device],
    ],
  };
}

function daemonArgs(store: string): readonly string[] {
  return [
    ...[PXEBOOT, 'serve', '--data-dir', store, '--state', 'off', '--log-format', 'json'],
    ...NO_MIRROR,
    ...['--proxy-dhcp-enabled', 'true'],
  ];
}

/** Returns a dnsmasq command like that of most hosts: it binds every address, and does not share its port. */
function dhcpServer(directory: string): { program: string; args: readonly string[] } {
  return {
    program: 'dnsmasq',
    args: [
      ...DNSMASQ,
      '--dhcp-range=10.90.0.50,10.90.0.200',
      `--dhcp-leasefile=${join(directory, 'leases')}`,
    ],
  };
}

/** Returns the output of a program once it matches, or once the program has ended. */
async function output(
  program: ReturnType<DhcpServerLink['startNextToServer']>,
  pattern: RegExp,
): Promise<string> {
  let text = '';
  let hasEnded = false;
  for (const stream of [program.stdout, program.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  program.once('close', () => {
    hasEnded = true;
  });
  await expect.poll(() => hasEnded || pattern.test(text)).toBe(true);
  return text;
}
