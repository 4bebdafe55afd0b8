import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { freeTcpPort, lacks } from '@pxe/test-host';

import { hooks as schema } from '../src/config/hooks.js';
import { hookBody } from '../src/hooks/hook-body.js';
import { hooksWithSecrets } from '../src/hooks/hook-secrets.js';
import { createHooks, eventOf, type Hooks } from '../src/hooks/hooks.js';
import { sendEvent } from '../src/hooks/send-event.js';
import { runPxeboot } from './support/pxeboot-command.js';

const SECRET = 'correct horse battery';

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let directory: string;

async function makeDirectory(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'pxeboot-hooks-'));
  await writeFile(join(directory, 'secret'), `${SECRET}\n`, { mode: 0o600 });
}

function removeDirectory(): Promise<void> {
  return rm(directory, { recursive: true, force: true });
}

describe('hooks', () => {
  let server: Server;
  let url: string;
  let hooks: Hooks | undefined;
  /** Statuses of the next responses; later responses have 204. */
  let statuses: number[];
  const requests: Request[] = [];
  const log: string[] = [];
  const results: string[] = [];

  beforeEach(async () => {
    [requests, log, results].forEach((list) => list.splice(0));
    statuses = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        requests.push({ headers: request.headers, body });
        response.writeHead(statuses.shift() ?? 204, { Location: `${url}elsewhere` }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterEach(async () => {
    await hooks?.close(0);
    server.closeAllConnections();
    server.close();
  });

  function start(on: readonly string[], to = url): Hooks {
    const note = (_line: object, message: string): void => {
      log.push(message);
    };
    hooks = createHooks({
      hooks: [{ on: on as never, url: to, secretFile: '', secret: SECRET }],
      version: '1.2.3',
      logger: { info: note, warn: note } as never,
      onResult: (result, events) => {
        results.push(...Array<string>(events).fill(result));
      },
      firstDelayMs: 5,
    });
    return hooks;
  }

  function publish(note: string): void {
    hooks?.publish('install.failed', 1000, {
      install: { host: 'web1', profile: 'web', state: 'failed', by: 'pxeboot', note },
    });
  }

  it('post the events that they subscribe to, signed, with the time of the attempt', async () => {
    const begun = Date.now();
    start(['install']);
    hooks?.publish('images.synced', 1000, { images: { outcome: 'complete' } });
    publish('silent');
    await expect.poll(() => results).toEqual(['delivered']);
    const [{ headers, body } = { headers: {}, body: '' }] = requests;
    expect(headers['x-hub-signature-256']).toBe(
      `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    );
    const parsed = hookBody.parse(JSON.parse(body));
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'pxeboot/1.2.3',
      'x-pxeboot-event': 'install.failed',
      'x-pxeboot-delivery': parsed.id,
    });
    expect(parsed).toMatchObject({
      version: 1,
      at: '1970-01-01T00:00:01.000Z',
      install: { host: 'web1', note: 'silent' },
    });
    expect(Date.parse(parsed.sentAt)).toBeGreaterThanOrEqual(begun);
    expect(requests).toHaveLength(1);
  });

  it('repeat deliveries that fail temporarily, in order, and log an outage once', async () => {
    statuses = [500, 429, 503];
    start(['install.failed']);
    publish('first');
    publish('second');
    await expect.poll(() => results).toEqual(['delivered', 'delivered']);
    const bodies = requests.map(({ body }) => hookBody.parse(JSON.parse(body)));
    expect(bodies.map(({ install }) => install?.note)).toEqual([
      ...['first', 'first', 'first', 'first'],
      'second',
    ]);
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(2);
    expect(log).toEqual([
      `cannot deliver events to the hook ${url}: status 500`,
      `the hook ${url} answers again; events lost: 0`,
    ]);
  });

  it('do not repeat what is refused, and follow no redirect', async () => {
    statuses = [307, 403];
    start(['install.failed'], `${url}?key=hidden`);
    publish('first');
    publish('second');
    publish('third');
    await expect.poll(() => results).toEqual(['lost', 'lost', 'delivered']);
    expect(requests).toHaveLength(3);
    expect(log).toEqual([
      `cannot deliver events to the hook ${url}(hidden): status 307: redirects are not followed`,
      `the hook ${url}(hidden) answers again; events lost: 2`,
    ]);
  });

  it('keep a bounded number of events, and drop those of boots before those of installations', async () => {
    server.close();
    start(['boot', 'install']);
    for (let number = 0; number < 300; number++) {
      const boot = { id: String(number) } as never;
      hooks?.publish('boot.ended', 1000, { boot });
      publish(String(number));
    }
    expect(hooks?.waiting).toBe(256);
    expect(results).toEqual(Array<string>(344).fill('lost'));
    await hooks?.close(0);
    await expect.poll(() => results.length).toBe(600);
  });

  it.each([
    ['nothing', '', /^no answer within 0.2 s$/],
    ['interim responses without end', 'HTTP/1.1 103 Early Hints\r\n\r\n', /^more than 16 interim/],
    [
      'a body without end, a byte at a time',
      'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n',
      /^no answer within 0.2 s$/,
    ],
  ])('give up an attempt if a server sends %s', async (_what, text, reason) => {
    const slow = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        const timer = setInterval(() => {
          socket.write(text.includes('200') ? 'x' : text);
        }, 1);
        socket.write(text);
        socket.once('close', () => {
          clearInterval(timer);
        });
      });
    });
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    try {
      const { port } = slow.address() as AddressInfo;
      const event = eventOf('test', { at: 1000, version: '1.2.3', facts: {} });
      const target = { url: `http://127.0.0.1:${port}/`, secret: SECRET };
      const timeoutMs = text.includes('103') ? 600_000 : 200;
      const result = await sendEvent(target, event, new AbortController().signal, timeoutMs);
      expect(result).toEqual({
        ok: false,
        reason: expect.stringMatching(reason) as string,
        isTemporary: true,
      });
    } finally {
      slow.close();
    }
  });

  it('leave out a hook that the configuration no longer has', () => {
    start(['install']);
    hooks?.configure([]);
    publish('x');
    expect(hooks?.waiting).toBe(0);
  });
});

describe('secrets of hooks', () => {
  beforeEach(makeDirectory);
  afterEach(removeDirectory);

  const hook = () => ({
    on: ['boot' as const],
    url: 'http://x',
    secretFile: join(directory, 'secret'),
  });

  it('are read from files that nobody else can read', async () => {
    expect(await hooksWithSecrets([hook()])).toEqual([{ ...hook(), secret: SECRET }]);
    await chmod(hook().secretFile, 0o644);
    await expect(hooksWithSecrets([hook()])).rejects.toThrow(
      /expected mode 0640 or stricter, got 0644/,
    );
  });

  it('must exist, and be long enough', async () => {
    await writeFile(hook().secretFile, 'short');
    await expect(hooksWithSecrets([hook()])).rejects.toThrow(/at least 16 characters/);
    await rm(hook().secretFile);
    await expect(hooksWithSecrets([hook()])).rejects.toThrow(
      /cannot read .*: this file does not exist \(ENOENT\)/,
    );
  });

  it('are not in URLs', () => {
    const parse = (url: string) => schema.safeParse([{ ...hook(), url }]).success;
    expect(parse('https://ci.example/x')).toBe(true);
    expect(parse('https://ada:secret@ci.example/x')).toBe(false);
    expect(parse('ftp://ci.example/x')).toBe(false);
  });
});

describe.skipIf(lacks('webhook'))('hooks of the program "webhook"', () => {
  beforeEach(makeDirectory);
  afterEach(removeDirectory);

  it('are accepted with their signature, and refused with another', async () => {
    const port = await freeTcpPort();
    const seen = join(directory, 'seen');
    const definition = {
      id: 'pxeboot',
      'execute-command': '/usr/bin/tee',
      'pass-arguments-to-command': [{ source: 'string', name: seen }],
      'trigger-rule': {
        match: {
          type: 'payload-hmac-sha256',
          secret: SECRET,
          parameter: { source: 'header', name: 'X-Hub-Signature-256' },
        },
      },
    };
    await writeFile(join(directory, 'hooks.json'), JSON.stringify([definition]));
    const config = join(directory, 'pxeboot.yaml');
    const address = `http://127.0.0.1:${port}/hooks/pxeboot`;
    const secretFile = join(directory, 'secret');
    await writeFile(
      config,
      JSON.stringify({ hooks: [{ on: ['install'], url: address, secretFile }] }),
    );
    const options = [
      '-hooks',
      join(directory, 'hooks.json'),
      '-ip',
      '127.0.0.1',
      '-port',
      `${port}`,
    ];
    const receiver = spawn('webhook', options, { stdio: 'ignore' });
    try {
      await expect.poll(() => fetch(address).catch(() => undefined)).toBeDefined();
      const test = () => runPxeboot(['hooks', 'test', '--config', config]);
      expect(await test()).toMatchObject({ stdout: `${address}: status 200\n`, code: 0 });
      await expect.poll(() => readFile(seen, 'utf8').catch(() => 'none')).toBe('');
      await rm(seen);
      await writeFile(secretFile, 'another secret of enough length');
      // webhook 2.8 answers a wrong signature with this status.
      expect(await test()).toMatchObject({ stdout: `${address}: status 500\n`, code: 1 });
      await expect(readFile(seen)).rejects.toThrow('ENOENT');
    } finally {
      receiver.kill();
      await once(receiver, 'close');
    }
  });
});
