import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Validator } from '@seriousme/openapi-schema-validator';
import { EventSource } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { DHCP_SNIPPETS } from '../src/dhcp/snippets.js';
import { imageFolder } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

const FULL = 'the-full-token-of-the-admin';
const READ = 'a-token-that-can-only-read';
const MAC = '52:54:00:12:34:56';
const COOKIE = '_Syslinux_BOOTIF=01-52-54-00-12-34-56';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Event of a stream, as an EventSource reports it. */
interface StreamEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

describe.skipIf(lacks('curl', 'apt-get'))('API', () => {
  let directory: string;
  let dataDir: string;
  let daemon: RunningDaemon;

  const url = (path: string): string => `http://127.0.0.1:${daemon.port('admin')}/api/v1${path}`;

  async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await fetch(url(path), init);
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }

  const post = (
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    ask(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${FULL}`,
        ...headers,
      },
      body: JSON.stringify(body),
    });

  async function curl(...args: string[]): Promise<void> {
    await run('curl', ['-sS', '-o', '/dev/null', ...args]).catch(() => undefined);
  }

  async function bootAsBios(): Promise<void> {
    const tftp = `tftp://127.0.0.1:${daemon.port('tftp')}`;
    await curl(`${tftp}/lpxelinux.0`);
    await curl(`${tftp}/pxelinux.cfg/default`);
    const folder = await imageFolder(daemon, 'trixie', 'text');
    for (const file of ['linux', 'initrd.gz']) {
      await curl(
        '-H',
        `Cookie: ${COOKIE}`,
        `http://127.0.0.1:${daemon.port('http')}${folder}/${file}`,
      );
    }
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-api-'));
    dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
    await writeFile(join(directory, 'token'), `${FULL}\n`);
    daemon = await RunningDaemon.start([
      ...['--data-dir', dataDir, '--admin-token-file', join(directory, 'token')],
      ...['--admin-read-token', READ],
    ]);
    await bootAsBios();
    await daemon.logged('boot.ended');
    await curl('--tftp-no-options', `tftp://127.0.0.1:${daemon.port('tftp')}/undionly.kpxe`);
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  describe('document', () => {
    it('is valid OpenAPI 3.1', async () => {
      const document = (await ask('/openapi.json')).body;
      const validator = new Validator();
      const { valid, errors } = await validator.validate(document);
      expect(errors).toBeUndefined();
      expect(valid).toBe(true);
      expect(validator.version).toBe('3.1');
    });

    it('describes its fields', async () => {
      const { body } = await ask('/openapi.json');
      expect(body).toMatchObject({
        paths: {
          '/api/v1/rollback': {
            post: {
              requestBody: {
                content: {
                  'application/json': {
                    schema: {
                      properties: {
                        generation: {
                          description:
                            'id of the generation; the newest earlier one with different images if absent',
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        components: {
          schemas: { Error: { properties: { hint: { description: 'what to do about it' } } } },
        },
      });
    });

    it('describes its responses', async () => {
      const { body } = await ask('/openapi.json');
      expect(body).toMatchObject({
        paths: {
          '/api/v1/boots/{id}': {
            get: {
              responses: {
                200: { description: 'boot with its steps and evidence' },
                404: { description: 'there is nothing with this name or id' },
              },
            },
          },
        },
      });
      // What @fastify/swagger writes for a response without a description.
      expect(JSON.stringify(body)).not.toContain('Default Response');
    });

    it('is the one in docs/openapi.json', async () => {
      const { body } = await ask('/openapi.json');
      const { version } = JSON.parse(
        await readFile(new URL('../package.json', import.meta.url), 'utf8'),
      ) as { version: string };
      expect(body['info']).toMatchObject({ version });
      const unversioned = { ...body, info: { ...(body['info'] as object), version: '0.0.0' } };
      await expect(`${JSON.stringify(unversioned, undefined, 2)}\n`).toMatchFileSnapshot(
        '../../../docs/openapi.json',
      );
    });
  });

  it('shows the problems with this host, which the daemon logs once', async () => {
    // Tests cannot bind port 69.
    const expected: unknown = expect.objectContaining({
      rule: 'own-ports',
      severity: 'error',
      why: 'Machines get no answer.',
      fix: 'Run it as root, or stop the program that uses port 69.',
    });
    await expect
      .poll(async () => (await ask('/doctor')).body['findings'])
      .toEqual(expect.arrayContaining([expected]));
    expect(await daemon.logged('doctor.finding')).toMatchObject({ level: 'warn' });
  });

  describe('menus', () => {
    const menu = (query: string): Promise<Answer> => ask(`/menu?${query}`);

    it.each([
      ['pxelinux', 'amd64', /^UI vesamenu\.c32\n/],
      ['grub', 'amd64', /menuentry/],
      ['ipxe', 'i386', /^#!ipxe\n/],
    ])('are shown for %s on %s', async (loader, arch, text) => {
      const { status, body } = await menu(`loader=${loader}&arch=${arch}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ loader, arch, boot: 'menu', findings: [] });
      expect(body['text']).toMatch(text);
      expect(body['text']).toContain('Debian 13 (trixie) amd64');
    });

    it('are found by any name of a machine', async () => {
      expect((await menu(`machine=${MAC}`)).status).toBe(200);
      expect((await menu('machine=52-54-00-00-00-99')).status).toBe(200);
      expect((await menu('machine=00000000-0000-0000-0000-000000000001')).status).toBe(200);
      expect((await menu('machine=127.0.0.1')).status).toBe(200);
      expect(await menu('machine=nobody')).toMatchObject({
        status: 404,
        body: { error: 'nobody is not a host, a MAC address, a UUID or an IP address' },
      });
    });

    it('are refused for loaders that the store does not have', async () => {
      for (const query of ['loader=grub&arch=arm64', 'loader=u-boot&arch=amd64']) {
        expect(await menu(query)).toMatchObject({
          status: 404,
          body: { error: expect.stringContaining('the store has no ') as unknown },
        });
      }
      expect((await menu('loader=grub2')).status).toBe(400);
    });
  });

  it('counts boots over time', async () => {
    const { body } = await ask('/statistics?range=hour');
    expect(body).toMatchObject({ range: 'hour', bucketSeconds: 60, isStored: true });
    const buckets = body['buckets'] as { installer: number; httpBytes: number }[];
    expect(buckets).toHaveLength(60);
    expect(buckets.reduce((sum, { installer }) => sum + installer, 0)).toBeGreaterThan(0);
    expect(buckets.reduce((sum, { httpBytes }) => sum + httpBytes, 0)).toBeGreaterThan(10_000_000);
  });

  describe('server', () => {
    it('says where it serves, and what the token allows', async () => {
      expect(await ask('/server')).toMatchObject({
        status: 200,
        body: {
          access: { rights: 'read', changes: 'token' },
          tftp: [`127.0.0.1:${daemon.port('tftp')}`],
          http: [`127.0.0.1:${daemon.port('http')}`],
          obstacle: expect.stringContaining('Boot firmware uses TFTP port 69 only') as unknown,
          fetch: { state: expect.any(String) as unknown },
        },
      });
      const withToken = (token: string): Promise<Answer> =>
        ask('/server', { headers: { authorization: `Bearer ${token}` } });
      expect((await withToken(READ)).body['access']).toEqual({ rights: 'read', changes: 'token' });
      expect((await withToken(FULL)).body['access']).toEqual({
        rights: 'full',
        changes: 'allowed',
      });
      expect((await withToken('wrong')).status).toBe(401);
      const { stdout } = await run('curl', [
        ...['-s', '--unix-socket', join(dataDir, 'pxeboot.sock')],
        'http://localhost/api/v1/server',
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ access: { rights: 'full', changes: 'allowed' } });
    });

    it('has the configuration of each DHCP server that "pxeboot dhcp" knows', async () => {
      const { body } = await ask('/dhcp');
      expect(body).toMatchObject({ address: '127.0.0.1' });
      const servers = body['servers'] as { name: string; title: string; text: string }[];
      expect(servers.map(({ name }) => name)).toEqual(Object.keys(DHCP_SNIPPETS));
      const isc = servers.find(({ name }) => name === 'isc');
      expect(isc?.title).toBe('ISC dhcpd');
      expect(isc?.text).toContain('next-server 127.0.0.1;');
      expect(isc?.text).toContain(`"http://127.0.0.1:${daemon.port('http')}/menu.ipxe"`);
    });
  });

  describe('machines and boots', () => {
    it('lists machines, and finds one by its MAC address', async () => {
      const { body } = await ask('/machines');
      expect(body).toMatchObject({
        machines: expect.arrayContaining([
          expect.objectContaining({ id: MAC, addresses: ['127.0.0.1'], firmware: 'bios' }),
        ]) as unknown,
      });
      expect(await ask('/machines/52-54-00-12-34-56')).toMatchObject({ body: { mac: MAC } });
      expect(await ask('/machines/52:54:00:00:00:99')).toEqual({
        status: 404,
        body: { error: 'no boots of 52:54:00:00:00:99' },
      });
    });

    it('pages through boots, and shows one with its steps', async () => {
      const first = (await ask('/boots?limit=1')).body as {
        boots: { id: string }[];
        next: string;
      };
      expect(first.boots).toMatchObject([{ outcome: 'failed', rule: 'ipxe-bios-loader' }]);
      const second = (await ask(`/boots?limit=1&cursor=${first.next}`)).body as typeof first;
      expect(second.boots).toMatchObject([
        { outcome: 'installer', reached: 'installer', mac: MAC },
      ]);
      expect(second.next).toBeUndefined();
      const { body } = await ask(`/boots/${second.boots[0]!.id}`);
      expect((body['steps'] as { name: string }[]).map(({ name }) => name)).toEqual([
        'loader',
        'menu',
        'kernel',
        'initrd',
      ]);
    });

    it('explains a failed boot with its evidence', async () => {
      const { body } = await ask('/boots?outcome=failed');
      const [{ id } = { id: '' }] = body['boots'] as { id: string }[];
      expect((await ask(`/boots/${id}`)).body['diagnosis']).toMatchObject({
        rule: 'ipxe-bios-loader',
        fix: expect.stringContaining('DHCP') as unknown,
        evidence: [expect.stringMatching(/^2.+Z TFTP \/undionly\.kpxe: not found$/) as unknown],
      });
    });

    it.each([
      ['/boots?limit=0', 400, 'expected a number from 1 to 500'],
      ['/boots?limit=501', 400, 'expected a number from 1 to 500'],
      ['/boots?since=yesterday', 400, 'expected a time in UTC'],
      ['/boots?cursor=x', 400, 'expected the value of `next` from the previous page'],
      ['/boots/999999', 404, 'no boot 999999'],
      ['/nothing', 404, 'no route for GET /api/v1/nothing'],
    ])('refuses %s with a sentence', async (path, status, words) => {
      const answer = await ask(path);
      expect(answer.status).toBe(status);
      expect(answer.body['error']).toContain(words);
    });
  });

  describe('images', () => {
    it('shows age, proof, freshness and checks', async () => {
      const { body } = await ask('/images');
      expect(body).toMatchObject({
        ready: true,
        refresh: { running: expect.any(Boolean) as unknown },
        images: expect.arrayContaining([
          expect.objectContaining({
            suite: 'trixie',
            variant: 'text',
            modules: 'ok',
            damaged: false,
            ageSeconds: expect.any(Number) as unknown,
          }),
        ]) as unknown,
      });
    });

    it('rolls back to a known generation only', async () => {
      expect(await post('/rollback', { generation: '20200101T000000000Z-00000000' })).toMatchObject(
        {
          status: 404,
          body: { code: 'ERR_NETBOOT_NO_GENERATION' },
        },
      );
      expect((await post('/rollback', { generation: 7 })).status).toBe(400);
      expect((await post('/rollback', { unknown: true })).status).toBe(400);
    });
  });

  describe('changes', () => {
    it.each([
      ['no token', { authorization: '' }, 401],
      ['the read token', { authorization: `Bearer ${READ}` }, 403],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
      ['a page of another site', { origin: 'https://evil.example' }, 403],
    ])('are refused with %s', async (_what, headers, status) => {
      expect((await post('/refresh', {}, headers)).status).toBe(status);
    });

    it('are refused under a foreign host name that points to this host', async () => {
      const { stdout } = await run('curl', [
        ...['-s', '-w', '%{http_code}', '-o', '/dev/null', '-H', 'Host: evil.example'],
        ...['-H', `Authorization: Bearer ${FULL}`, '--json', '{}', url('/refresh')],
      ]);
      expect(stdout).toBe('421');
    });

    it('refresh the images with the full token, or on the control socket', async () => {
      expect(await post('/refresh', {})).toMatchObject({
        status: 202,
        body: { status: expect.stringMatching(/started|running/) as unknown },
      });
      const { stdout } = await run('curl', [
        ...['-s', '--unix-socket', join(dataDir, 'pxeboot.sock'), '--json', '{}'],
        'http://localhost/api/v1/refresh',
      ]);
      expect(JSON.parse(stdout)).toHaveProperty('status');
    });
  });

  describe('events', () => {
    /** Starts an EventSource, and collects its events. */
    function follow(): { readonly source: EventSource; readonly events: StreamEvent[] } {
      const source = new EventSource(url('/events'));
      const events: StreamEvent[] = [];
      for (const type of ['boot', 'images', 'reset']) {
        source.addEventListener(type, (event) => {
          const { data, lastEventId } = event as unknown as StreamEvent;
          events.push({ type, data, lastEventId });
        });
      }
      return { source, events };
    }

    /** Reads the stream with curl until it has a text, and a while longer. */
    async function read(until: RegExp, lastEventId?: string): Promise<string> {
      const child = spawn('curl', [
        '-sN',
        ...(lastEventId === undefined ? [] : ['-H', `Last-Event-ID: ${lastEventId}`]),
        url('/events'),
      ]);
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await expect.poll(() => text).toMatch(until);
      await delay(200);
      child.kill();
      await once(child, 'close');
      return text;
    }

    it('reach an EventSource as boots happen', async () => {
      const { source, events } = follow();
      await once(source, 'open');
      await bootAsBios();
      await expect
        .poll(() =>
          events
            .filter(({ type }) => type === 'boot')
            .map(({ data }) => data)
            .join('\n'),
        )
        .toMatch(/"change":"ended".*"outcome":"installer"/);
      source.close();
    });

    it('resume after the last one that a client has seen', async () => {
      const [, first = ''] = /^id: (.*)$/m.exec(await read(/^retry: /m)) ?? [];
      await curl(`tftp://127.0.0.1:${daemon.port('tftp')}/lpxelinux.0`);
      const missed = await read(/^event: boot$/m, first);
      const ids = [...missed.matchAll(/^id: (.*)$/gm)].map((match) => match[1]);
      const [run, number] = first.split('-');
      expect(ids[0]).toBe(`${run}-${Number(number) + 1}`);
      expect(missed).toContain('event: boot');
      expect(missed).not.toContain('event: reset');
      const later = await read(/^retry: /m, ids.at(-1));
      expect(ids.filter((id) => later.includes(`id: ${id}\n`))).toEqual([]);
    });

    it.each(['000000000000-1', 'nonsense', `${'f'.repeat(12)}-999999999999999`])(
      'tell a client to read everything again if its last event is unknown: %s',
      async (id) => {
        expect(await read(/event: reset/, id)).toContain('event: reset\ndata: {}\n\n');
      },
    );

    it('are sent to a limited number of clients', async () => {
      const clients: ClientRequest[] = [];
      try {
        let status: number | undefined;
        while (clients.length < 200 && (status ?? 200) === 200) {
          const client = request(url('/events'));
          client.on('error', () => undefined).end();
          clients.push(client);
          const [response] = (await once(client, 'response')) as [{ statusCode?: number }];
          status = response.statusCode;
        }
        expect(status).toBe(503);
        expect(clients.length).toBeLessThanOrEqual(33);
        expect((await ask('/images')).status).toBe(200);
      } finally {
        for (const client of clients) {
          client.destroy();
        }
      }
    });
  });
});
