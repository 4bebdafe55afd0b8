/**
 * Real clients that request windows, where answers from a port other than the one they asked do not get
 * through: clients behind a router with masquerading, and a server behind a load balancer.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { type TemporaryDirectory, temporaryDirectory } from '../support/directories.js';
import { ENDPOINT_PROGRAM, transferAll } from '../support/our-client.js';
import { PrivateNetwork } from '../support/private-network.js';
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

/** Sites, each with the address that the client sends its requests to, and the router's rules. */
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

/** A client and our server with a router between them, and a file to serve. */
class Site implements AsyncDisposable {
  readonly file = randomBytes(200_000);
  readonly client = new PrivateNetwork();
  readonly #router = new PrivateNetwork();
  readonly #server = new PrivateNetwork();
  readonly #directory: TemporaryDirectory;
  readonly #running: RunningProgram;

  private constructor(directory: TemporaryDirectory, nat: string) {
    this.#directory = directory;
    const { client } = this;
    const [router, server] = [this.#router, this.#server];
    router.connect(`${ROUTER.inside}/24`, client, `${CLIENT}/24`);
    router.connect(`${ROUTER.outside}/24`, server, `${SERVER}/24`);
    client.ip('route', 'add', 'default', 'via', ROUTER.inside);
    server.ip('route', 'add', 'default', 'via', ROUTER.outside);
    router.filter(STATEFUL);
    router.filter(nat);
    writeFileSync(join(directory.path, 'file'), this.file);
    const { path } = directory;
    this.#running = server.launch(process.execPath, ENDPOINT_PROGRAM, 'serve', path, 'auto');
  }

  static async make(nat: string): Promise<Site> {
    const site = new Site(await temporaryDirectory(), nat);
    await site.#router.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    await site.#running.until(() => site.#lines.some((line) => line.includes(`"${SERVER}"`)));
    return site;
  }

  /** Path where the client stores the file. */
  get copy(): string {
    return join(this.#directory.path, 'copy');
  }

  /** Outcomes of the finished transfers. */
  get outcomes(): readonly string[] {
    return this.#transfers.map(({ outcome }) => outcome);
  }

  /** Windows of the completed transfers. */
  get windows(): readonly number[] {
    return this.#transfers
      .filter(({ outcome }) => outcome === 'completed')
      .map(({ windowsize }) => windowsize);
  }

  get #transfers(): readonly { type: string; outcome: string; windowsize: number }[] {
    return this.#lines
      .map((line) => JSON.parse(line) as { type: string; outcome: string; windowsize: number })
      .filter(({ type }) => type === 'transferFinished');
  }

  get #lines(): readonly string[] {
    return this.#running.lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const network of [this.client, this.#router, this.#server]) {
      await network[Symbol.asyncDispose]();
    }
    await this.#directory[Symbol.asyncDispose]();
  }
}

describe('nat', () => {
  // Each client waits before it repeats its request, so the tests run in parallel.
  describe.skipIf(lacks('ip', 'nft', 'atftp', 'sysctl') || lacksRoot())(
    'a client that hears only the port that it sent its request to',
    () => {
      it.concurrent.for(Object.entries(SITES))(
        'gets its file with a window of 1 when it repeats its request, %s',
        { timeout: 300_000 },
        async ([, { host, nat }], { expect }) => {
          await using site = await Site.make(nat);
          const command = ['-g', '-r', 'file', '-l', site.copy, '--option', 'windowsize 16', host];

          await site.client.run('atftp', ...command);
          expect(readFileSync(site.copy)).toEqual(site.file);
          // The next request is answered with a window of 1 immediately.
          await site.client.run('atftp', ...command);

          await expect.poll(() => site.windows).toEqual([1, 1]);
          expect(site.outcomes).not.toContain('timedOut');
        },
      );

      it.concurrent.for(Object.entries(SITES))(
        'gets its file although it uses a new port for each request, %s',
        { timeout: 300_000 },
        async ([, { host, nat }], { expect }) => {
          await using site = await Site.make(nat);
          // Each transfer of our client has its own socket. It gives up after its first request, but only after
          // 10 seconds, since an answer may take seconds on a busy machine.
          const retransmission = { handshakeSends: 1, initialMs: 10_000 };
          const options = { host, windowsize: 16, retransmission };
          const job = { action: 'get', remote: 'file', local: site.copy, options } as const;

          const outcomes = await transferAll(site.client, [job, job, job]);

          expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true]);
          expect(readFileSync(site.copy)).toEqual(site.file);
          await expect.poll(() => site.windows).toEqual([1, 1]);
        },
      );
    },
  );
});
