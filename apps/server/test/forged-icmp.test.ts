import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Namespace } from '@pxe/lab-host';
import { lacks, lacksRoot } from '@pxe/test-host';

import { CLIENT, DoctorLab, OTHER, SERVER } from './support/doctor/lab.js';
import { copyTestStore } from './support/test-store.js';

/** Maximum time for a program to start, in milliseconds. */
const PATIENCE_MS = 120_000;

/** Returns the number of fragments that a host has sent. */
async function sentFragments(host: Namespace): Promise<number> {
  const [names = [], values = []] = (await host.output('cat', ['/proc/net/snmp']))
    .split('\n')
    .filter((line) => line.startsWith('Ip: '))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('FragCreates')]);
}

describe.skipIf(lacksRoot() || lacks('hping3', 'curl'))('a forged ICMP message', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-icmp-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it('about a small MTU does not make the TFTP server send fragments', async () => {
    await using lab = await DoctorLab.create(directory);
    const store = join(lab.directory, 'store');
    await copyTestStore(store);
    await lab.pxeboot(store, '--http-listen', `${SERVER}:80`);

    /** Reports a small MTU for what the server has sent from a port to a host; returns the server's route to it. */
    const forge = async (port: number, to: string): Promise<string> => {
      const args = [
        ...['--count', '1', '--icmp', '--icmptype', '3', '--icmpcode', '4', '--icmp-ipproto', '17'],
        ...['--icmp-ipsrc', SERVER, '--icmp-srcport', String(port)],
        ...['--icmp-ipdst', to, '--icmp-dstport', '40000', SERVER],
      ];
      // hping3 fails, since nobody answers the message.
      await lab.other.output('hping3', args).catch(() => undefined);
      return await lab.server.output('ip', ['route', 'get', to]);
    };
    // The kernel believes a message about an ordinary socket.
    const code =
      "require('node:dgram').createSocket('udp4').bind(6514, () => console.log('bound'))";
    const ordinary = await lab.server.start(process.execPath, ['-e', code]);
    await ordinary.line(/bound/, PATIENCE_MS);
    expect(await forge(6514, OTHER)).toContain('mtu');
    expect(await forge(69, CLIENT)).not.toContain('mtu');

    const file = join(lab.directory, 'lpxelinux.0');
    await lab.client.output('curl', [
      ...['--silent', '--show-error', '--tftp-blksize', '1428'],
      ...['--output', file, `tftp://${SERVER}/lpxelinux.0`],
    ]);
    expect(await sentFragments(lab.server)).toBe(0);
  });
});
