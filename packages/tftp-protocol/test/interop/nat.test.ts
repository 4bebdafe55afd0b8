/**
 * Real clients that ask for windows, where answers from another port than the one that was asked do
 * not get through: behind a router with masquerading, and of a server behind a load balancer.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM, transferAll } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
import { describeWith } from '../support/programs.js';
import { type RunningProgram } from '../support/running-program.js';

const CLIENT = '10.80.1.2';
const SERVER = '10.80.2.2';
const ROUTER = { inside: '10.80.1.1', outside: '10.80.2.1' };

const STATEFUL = `
  table inet filter {
    chain forward {
      type filter hook forward priority 0; policy drop;
      ct state established,related accept
      ct status dnat accept
      ip saddr ${CLIENT} ip daddr ${SERVER} accept
    }
    chain input {
      type filter hook input priority 0; policy drop;
      ct state established,related accept
    }
  }`;

/** Where the client sends its requests, and what the router does with them. */
const SITES = {
  'behind a router that masquerades': {
    host: SERVER,
    nat: `
      table ip nat {
        chain post {
          type nat hook postrouting priority 100;
          ip saddr ${CLIENT} masquerade fully-random
        }
      }`,
  },
  'of a load balancer': {
    host: ROUTER.inside,
    nat: `
      table ip nat {
        chain pre {
          type nat hook prerouting priority -100;
          ip daddr ${ROUTER.inside} udp dport 69 dnat to ${SERVER}
        }
      }`,
  },
} as const;

/** Connects a client and a server by a router, and starts the server. */
async function connect(
  [client, router, server]: readonly [PrivateNetwork, PrivateNetwork, PrivateNetwork],
  nat: string,
  directory: string,
): Promise<RunningProgram> {
  router.connect(`${ROUTER.inside}/24`, client, `${CLIENT}/24`);
  router.connect(`${ROUTER.outside}/24`, server, `${SERVER}/24`);
  client.ip('route', 'add', 'default', 'via', ROUTER.inside);
  server.ip('route', 'add', 'default', 'via', ROUTER.outside);
  await router.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
  router.filter(STATEFUL);
  router.filter(nat);
  const running = server.launch(process.execPath, ENDPOINT_PROGRAM, 'serve', directory, 'auto');
  await running.until(() => running.lines.some((line) => line.includes(`"${SERVER}"`)));
  return running;
}

/** Windows of the transfers that were completed. */
function windowsOf(running: RunningProgram): unknown[] {
  return running.lines
    .map((line) => JSON.parse(line) as { outcome?: string; windowsize?: number })
    .filter(({ outcome }) => outcome === 'completed')
    .map(({ windowsize }) => windowsize);
}

describeWith(
  { programs: ['ip', 'nft', 'atftp', 'sysctl'], root: true },
  'a client that hears only the port it asked',
  () => {
    it.each(Object.entries(SITES))(
      'gets its file by a window of 1 when it repeats its request, %s',
      async (_, { host, nat }) => {
        await using temporary = await temporaryDirectory();
        await using client = new PrivateNetwork();
        await using router = new PrivateNetwork();
        await using server = new PrivateNetwork();
        const running = await connect([client, router, server], nat, temporary.path);
        const [path, copy] = [join(temporary.path, 'file'), join(temporary.path, 'copy')];
        const file = randomBytes(200_000);
        writeFileSync(path, file);
        const command = ['-g', '-r', 'file', '-l', copy, '--option', 'windowsize 16', host];

        await client.run('atftp', ...command);
        expect(readFileSync(copy)).toEqual(file);
        // Its next file is answered that way at once.
        await client.run('atftp', ...command);

        await expect.poll(() => windowsOf(running)).toEqual([1, 1]);
        expect(running.lines.filter((line) => line.includes('timedOut'))).toEqual([]);
      },
      60_000,
    );

    it.each(Object.entries(SITES))(
      'gets its file though it asks from a new port each time, %s',
      async (_, { host, nat }) => {
        await using temporary = await temporaryDirectory();
        await using client = new PrivateNetwork();
        await using router = new PrivateNetwork();
        await using server = new PrivateNetwork();
        const running = await connect([client, router, server], nat, temporary.path);
        const [path, copy] = [join(temporary.path, 'file'), join(temporary.path, 'copy')];
        const file = randomBytes(200_000);
        writeFileSync(path, file);

        // Each of our clients has a socket of its own, and gives up after its first request.
        const retransmission = { handshakeSends: 1, initialMs: 2_000 };
        const options = { host, windowsize: 16, retransmission };
        const job = { action: 'get', remote: 'file', local: copy, options } as const;
        const outcomes = await transferAll(client, [job, job, job]);

        expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true]);
        expect(readFileSync(copy)).toEqual(file);
        await expect.poll(() => windowsOf(running)).toEqual([1, 1]);
      },
      60_000,
    );
  },
);
