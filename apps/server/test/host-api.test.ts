import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { EventSource } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

const FULL = 'the-full-token-of-the-admin';
const READ = 'a-token-that-can-only-read';
const SECRET = 'swordfish-of-the-host';

const CONFIG = `
profiles:
  web:
    raw:
      - d-i passwd/root-password password {{password}}
      - d-i preseed/late_command string curl -u me:{{password}} http://192.0.2.9/{{hostname}}
  lab:
    raw: [d-i preseed/late_command string true]
hosts:
  - name: web1
    match: { mac: '52:54:00:00:00:01' }
    profile: web
    variables: { password: ${SECRET} }
`;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe.skipIf(lacks('curl', 'apt-get'))('API of hosts', () => {
  let directory: string;
  let daemon: RunningDaemon;

  const url = (path: string): string => `http://127.0.0.1:${daemon.port('admin')}/api/v1${path}`;

  async function ask(
    method: string,
    path: string,
    body?: object,
    { token = FULL, ...headers }: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(url(path), {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }

  const logged = (event: string): RunningDaemon['log'] =>
    daemon.log.filter((line) => line.event === event);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-host-api-'));
    await copyTestStore(join(directory, 'data'));
    await writeFile(join(directory, 'pxeboot.yaml'), CONFIG, { mode: 0o600 });
    daemon = await RunningDaemon.start(
      [
        ...['--data-dir', join(directory, 'data'), '--config', join(directory, 'pxeboot.yaml')],
        ...['--admin-token', FULL],
      ],
      { env: { PXEBOOT_ADMIN_READ_TOKEN: READ } },
    );
    // The database may not be open yet; the request waits for it.
    const first = { name: 'lab8', match: { ip: '192.0.2.8' } };
    expect((await ask('POST', '/hosts', first)).status).toBe(201);
  });

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('changes a host that was added, key by key, and notifies followers', async () => {
    const source = new EventSource(url('/events'));
    let events = 0;
    source.addEventListener('hosts', () => (events += 1));
    await expect.poll(() => source.readyState).toBe(EventSource.OPEN);
    const host = { name: 'lab7', match: { ip: '192.0.2.7' }, variables: { rack: 4, room: 'a' } };
    expect((await ask('POST', '/hosts', { ...host, by: 'anna' })).status).toBe(201);
    await expect.poll(() => events).toBe(1);

    const change = { boot: 'local', profile: 'lab', title: 'Lab 7', variables: { room: null } };
    expect(await ask('PATCH', '/hosts/LAB7', { ...change, by: 'anna' })).toMatchObject({
      status: 200,
      body: {
        ...{ name: 'lab7', boot: 'local', profile: 'lab', title: 'Lab 7', source: 'state' },
        ...{ match: { ip: '192.0.2.7' }, variables: ['rack'] },
      },
    });
    await expect.poll(() => events).toBe(2);
    const mac = '52:54:00:00:00:07';
    const next = { match: { mac: mac.toUpperCase() }, title: null, suite: 'trixie' };
    const { body } = await ask('PATCH', '/hosts/lab7', next);
    expect(body).toMatchObject({ match: { mac }, boot: 'local', suite: 'trixie' });
    expect(body).not.toHaveProperty('title');
    expect(logged('host.changed')[0]).toMatchObject({
      ...{ host: 'lab7', by: 'anna', keys: ['boot', 'profile', 'title', 'variables'] },
    });

    await ask('POST', '/hosts/lab7/install', {});
    await expect.poll(() => events).toBe(4);
    expect(await ask('PATCH', '/hosts/lab7', { boot: 'menu' })).toMatchObject({
      status: 409,
      body: { error: 'an installation of lab7 is armed and uses its settings' },
    });
    await ask('POST', '/hosts/lab7/cancel', {});
    await expect.poll(() => events).toBe(5);
    expect((await ask('DELETE', '/hosts/lab7', {})).status).toBe(200);
    await expect.poll(() => events).toBe(6);
    source.close();
  });

  it.each([
    [{ boot: 'install' }, 400, 'boot: install is only for hosts in pxeboot.yaml'],
    [{ boot: 'nothing' }, 400, 'unknown entry nothing'],
    [{ profile: 'nothing' }, 400, 'unknown profile nothing'],
    [{ match: { mac: '52:54:00:00:00:01' } }, 409, 'web1 matches the same machine'],
    [{ match: {} }, 400, /expected one of mac, uuid, ip and subnet/],
    [{ name: 'other' }, 400, /name/],
  ])('refuses a change that cannot work: %j', async (change, status, error) => {
    const answer = await ask('PATCH', '/hosts/lab8', change);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toEqual(
      typeof error === 'string' ? error : expect.stringMatching(error),
    );
    expect((await ask('GET', '/hosts/lab8')).body).toMatchObject({
      ...{ match: { ip: '192.0.2.8' }, boot: 'menu' },
    });
  });

  it('leaves hosts in the file to the file', async () => {
    expect(await ask('PATCH', '/hosts/web1', { boot: 'local' })).toMatchObject({
      status: 409,
      body: { error: 'web1 is in pxeboot.yaml', hint: 'change it there' },
    });
    expect((await ask('PATCH', '/hosts/web9', { boot: 'local' })).status).toBe(404);
  });

  it('lists the profiles with what a host needs for them', async () => {
    expect((await ask('GET', '/profiles')).body).toEqual({
      profiles: [
        { name: 'web', variables: ['password'], makesPassphrase: false, hosts: 1 },
        { name: 'lab', variables: [], makesPassphrase: false, hosts: 0 },
      ],
    });
  });

  it('shows the preseed of a host with its findings to the full token only', async () => {
    for (const token of ['', READ]) {
      expect((await ask('GET', '/hosts/web1/preseed', undefined, { token })).status).toBe(403);
    }
    const { status, body } = await ask('GET', '/hosts/web1/preseed');
    expect(status).toBe(200);
    expect(body['text']).toContain('d-i passwd/root-password password (hidden)\n');
    expect(body['text']).toContain(`curl -u me:${SECRET} http://192.0.2.9/web1`);
    expect(body['findings']).toContainEqual(
      expect.objectContaining({ severity: 'warning', line: 1 }),
    );
    const other = await ask('GET', '/hosts/web1/preseed?profile=lab');
    expect(other.body['text']).toBe('d-i preseed/late_command string true');
    expect((await ask('GET', '/hosts/web1/preseed?profile=x')).body).toMatchObject({
      error: 'unknown profile x',
    });
  });

  it('shows the configuration and where each key was set, without secrets', async () => {
    const { body } = await ask('GET', '/config', undefined, { token: READ });
    const text = JSON.stringify(body);
    for (const secret of [FULL, READ, SECRET, 'late_command']) {
      expect(text).not.toContain(secret);
    }
    const keys = body['keys'] as { key: string }[];
    expect(
      keys.filter(({ key }) => /^(?:admin\.(?:readT|t)oken|dataDir|menu\.timeout)$/.test(key)),
    ).toEqual([
      expect.objectContaining({
        ...{ key: 'dataDir', value: join(directory, 'data'), source: '--data-dir', restart: true },
      }),
      expect.objectContaining({ key: 'admin.token', hidden: true, source: '--admin-token' }),
      expect.objectContaining({
        ...{ key: 'admin.readToken', hidden: true, source: 'PXEBOOT_ADMIN_READ_TOKEN' },
      }),
      expect.objectContaining({
        ...{ key: 'menu.timeout', value: 30, source: 'default', restart: false },
      }),
    ]);
    expect(keys).toContainEqual(
      expect.objectContaining({
        key: 'hosts',
        source: expect.stringMatching(/pxeboot\.yaml:\d+$/) as unknown,
        value: [expect.objectContaining({ variables: { password: '(hidden)' } })],
      }),
    );
  });

  it('logs each change with the token, the address and what it changes', async () => {
    const before = logged('admin.change').length;
    const forged = { 'x-forwarded-for': '203.0.113.9\n'.trim() };
    await ask('POST', '/hosts', { name: 'aud1', match: { ip: '192.0.2.9' }, by: 'anna' }, forged);
    await ask('PATCH', '/hosts/aud1', { variables: { key: SECRET } }, { token: READ });
    await ask('POST', '/hosts', { name: 'aud2' }, { token: 'not-a-token-of-this-server' });
    await run('curl', [
      ...['-sX', 'DELETE', '--unix-socket', join(directory, 'data', 'pxeboot.sock')],
      ...['--json', '{}', 'http://localhost/api/v1/hosts/aud1?by=root'],
    ]);
    await expect
      .poll(() => logged('admin.change').slice(before))
      .toMatchObject([
        {
          ...{ token: 'full', client: '127.0.0.1', forwardedFor: '203.0.113.9', by: 'anna' },
          ...{
            method: 'POST',
            path: '/api/v1/hosts',
            fields: ['name', 'match', 'boot'],
            status: 201,
          },
          msg: 'POST /api/v1/hosts (name, match, boot) with the full token from 203.0.113.9, by anna: done',
        },
        {
          ...{ token: 'read', method: 'PATCH', path: '/api/v1/hosts/aud1', status: 403 },
          msg: 'PATCH /api/v1/hosts/aud1 with the read token from 127.0.0.1: refused (403)',
        },
        {
          ...{ token: 'socket', method: 'DELETE', path: '/api/v1/hosts/aud1', by: 'root' },
          msg: 'DELETE /api/v1/hosts/aud1 with the control socket, by root: done',
        },
      ]);
    expect(JSON.stringify(daemon.log)).not.toContain(SECRET);
  });

  it('logs a change by a client that disconnects before the response', async () => {
    const body = JSON.stringify({ name: 'aud3', match: { ip: '192.0.2.10' } });
    const socket = connect(daemon.port('admin'), '127.0.0.1');
    socket.end(
      [
        'POST /api/v1/hosts HTTP/1.1',
        ...['host: localhost', `authorization: Bearer ${FULL}`, 'content-type: application/json'],
        ...[`content-length: ${body.length}`, '', body],
      ].join('\r\n'),
      () => {
        socket.destroy();
      },
    );
    await expect
      .poll(() => logged('admin.change').at(-1)?.['msg'])
      .toContain('(name, match, boot)');
    expect(logged('admin.change').at(-1)).toMatchObject({ token: 'full', client: '127.0.0.1' });
  });
});
