import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { DhcpIpv6Link } from './support/dhcp/ipv6-link.js';
import { ADVERTISE, firmware, ipxe, laptop, solicit } from './support/dhcp/ipv6-messages.js';
import { PXEBOOT, withoutSettings } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

const { SERVER_INTERFACE, SERVER_ADDRESS } = DhcpIpv6Link;
const PATIENCE_MS = 60_000;

const SERVER_IDENTIFIER = 2;
const IA_NA = 3;
const VENDOR_CLASS = 16;
const BOOT_FILE_URL = 59;

describe.skipIf(lacks('ip', 'dnsmasq') || lacksRoot())('proxyDhcp over IPv6', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-http-boot-'));
    await copyTestStore(join(directory, 'store'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  /** Starts dnsmasq for DHCPv6, then the daemon, on the host of the server. */
  async function serve({ server }: DhcpIpv6Link): Promise<void> {
    await server.ip('address', 'add', '10.90.0.1/24', 'dev', SERVER_INTERFACE);
    const dnsmasq = await server.start('dnsmasq', [
      ...['--no-daemon', '--user=root', '--port=0', '--conf-file=/dev/null', '--pid-file='],
      // Without this option, dnsmasq does not share port 547.
      '--bind-interfaces',
      ...[`--interface=${SERVER_INTERFACE}`, '--dhcp-range=fd90::50,fd90::200,64,1h'],
      ...[`--dhcp-leasefile=${join(directory, 'leases')}`, '--log-facility=-'],
    ]);
    await dnsmasq.line(/DHCPv6, IP range/, PATIENCE_MS);
    const daemon = await server.start(
      process.execPath,
      [
        ...[PXEBOOT, 'serve', '--data-dir', join(directory, 'store'), '--state', 'off'],
        ...['--source-kind', 'mirror', '--source-url', 'http://127.0.0.1:9/debian'],
        ...['--log-format', 'json', '--proxy-dhcp-enabled', 'true'],
        ...['--proxy-dhcp-interfaces', SERVER_INTERFACE],
      ],
      { env: withoutSettings(process.env) },
    );
    await daemon.line(/"event":"images\.ready"/, PATIENCE_MS);
    await daemon.line(/"event":"serve\.ready"/, PATIENCE_MS);
  }

  it('names a URL to HTTP Boot firmware, next to a DHCPv6 server on the same host', async () => {
    await using link = await DhcpIpv6Link.create();
    await serve(link);
    const others = [firmware(7), ipxe(7), laptop, firmware(27, 'HTTPClient')].map(solicit);
    for (const question of others) {
      // dnsmasq answers everyone.
      await link.ask(question);
    }
    const question = solicit(firmware(16, 'HTTPClient'));
    await link.ask(question);
    const named = () =>
      link.answersTo(question).filter(({ options }) => options.has(BOOT_FILE_URL));
    await expect.poll(named).not.toEqual([]);
    const [ours] = named();
    expect(ours?.type).toBe(ADVERTISE);
    expect(ours?.options.get(BOOT_FILE_URL)?.toString()).toBe(
      `http://[${SERVER_ADDRESS}]:8069/bootnetx64.efi`,
    );
    expect(ours?.options.get(VENDOR_CLASS)?.toString('latin1')).toBe('\0\0\u0001W\0\nHTTPClient');
    expect(ours?.options.has(IA_NA)).toBe(false);
    // Our answer was sent after any answer to the earlier questions.
    const identifier = ours?.options.get(SERVER_IDENTIFIER);
    const answers = others.flatMap((other) => link.answersTo(other));
    expect(answers.length).toBeGreaterThanOrEqual(others.length);
    expect(
      answers.filter(({ options }) => options.get(SERVER_IDENTIFIER)?.equals(identifier!) === true),
    ).toEqual([]);
  });
});
