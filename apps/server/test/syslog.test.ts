import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { type AllowList } from '../src/access/allow-list.js';
import { type RunningInstaller } from '../src/installs/install-service.js';
import { createBootEvents } from '../src/log/events.js';
import { type LoggedStep } from '../src/machines/boot-correlator.js';
import { createSyslogReceiver, type SyslogReceiver } from '../src/syslog/syslog-receiver.js';
import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TftpPort } from './support/raw-tftp.js';
import { copyTestStore } from './support/test-store.js';

const MAC = '52:54:00:00:00:01';
const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * BusyBox's syslogd and logger as the installer runs them, in a mount namespace, so that the socket that they
 * share is not this machine's. The script gets the port, followed by pairs of a program and its message.
 */
const BUSYBOX = `
port=$1; shift
mount -t tmpfs tmpfs /dev && : > /dev/null
busybox syslogd -n -m 0 -O /dev/null -S -L -R "127.0.0.1:$port" & daemon=$!
while ! [ -S /dev/log ]; do sleep 0.05; done
while [ $# -gt 0 ]; do busybox logger -t "$1" "$2"; shift 2; done
sleep 0.3
kill $daemon
`;

async function busybox(port: number, ...messages: readonly string[]): Promise<void> {
  const child = spawn('unshare', ['-rm', 'sh', '-c', BUSYBOX, 'sh', String(port), ...messages]);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await once(child, 'close');
  expect(errors).toBe('');
}

describe('createSyslogReceiver', () => {
  let receiver: SyslogReceiver | undefined;
  let installer: RunningInstaller | undefined;
  let allowList: AllowList;
  let time: number;
  const steps: LoggedStep[] = [];
  const results: string[] = [];
  const heard: string[] = [];
  const warnings: string[] = [];

  beforeEach(() => {
    time = 1_000_000;
    installer = { id: '1', host: 'web1', bootAddress: '10.0.0.9', identity: { mac: MAC } };
    allowList = { allows: () => true };
    [steps, results, heard, warnings].forEach((list) => list.splice(0));
  });

  afterEach(async () => {
    await receiver?.close();
  });

  async function open(address = '127.0.0.1', port = 0): Promise<SyslogReceiver> {
    const logger = {
      isLevelEnabled: () => false,
      debug: () => undefined,
      warn: (_line: object, message: string) => {
        warnings.push(message);
      },
    } as never;
    receiver = await createSyslogReceiver({
      listen: [{ address, port }],
      allowList: { allows: (source) => allowList.allows(source) },
      installs: {
        installerAt: () => installer,
        secretsOf: () => ['open sesame'],
        heard: ({ host }) => {
          heard.push(host);
        },
      },
      logger,
      events: createBootEvents(logger),
      onStep: (step) => {
        steps.push(step);
      },
      onMessage: (result) => {
        results.push(result);
      },
      now: () => time,
    });
    return receiver;
  }

  function portOf({ addresses }: SyslogReceiver): number {
    return Number(addresses[0]?.split(':').at(-1));
  }

  async function send(port: number, ...messages: readonly (string | Buffer)[]): Promise<void> {
    const expected = results.length + messages.length;
    const socket = createSocket('udp4');
    for (const message of messages) {
      await new Promise((resolve) => {
        socket.send(message, port, '127.0.0.1', resolve);
      });
    }
    await expect.poll(() => results.length).toBe(expected);
    socket.close();
  }

  it('keeps the messages from an installer without its secrets, and reports its steps once', async () => {
    const port = portOf(await open());
    await send(
      port,
      "<13>Nov 29 02:16:19 main-menu[1]: INFO: Menu item 'netcfg' selected",
      "<13>Nov 29 02:16:19 main-menu[1]: INFO: Menu item 'netcfg' selected",
      "<12>Nov 29 02:16:20 main-menu[1]: WARNING **: Menu item 'netcfg' failed.",
      '<13>Nov 29 02:16:21 x: open sesame \u{1b}[31m',
    );
    const machine = { address: '10.0.0.9', identity: { mac: MAC }, at: time };
    expect(steps).toEqual([
      { ...machine, item: 'netcfg' },
      { ...machine, item: 'netcfg', failed: true },
    ]);
    const texts = receiver?.logOf('1')?.entries.map(({ text }) => text);
    expect(texts?.at(-1)).toBe('*** \u{1b}[31m');
    expect(texts).toHaveLength(4);
    expect(heard).toEqual(['web1']);
    time += 61_000;
    await send(port, '<13>x: y');
    expect(heard).toEqual(['web1', 'web1']);
  });

  it('refuses addresses that may not boot, unless they have an installation', async () => {
    allowList = { allows: () => false };
    const port = portOf(await open());
    await send(port, 'x: of an installer');
    installer = undefined;
    await send(port, 'x: of somebody', 'x: of somebody');
    expect(results).toEqual(['kept', 'denied', 'denied']);
    expect(warnings).toEqual(['127.0.0.1 is not in access.allow and gets no answer']);
  });

  it('logs only a few of the refused addresses, which may be forged', async () => {
    allowList = { allows: () => false };
    installer = undefined;
    const port = portOf(await open());
    for (let host = 1; host <= 100; host++) {
      const socket = createSocket('udp4');
      socket.bind(0, `127.0.0.${host}`);
      await once(socket, 'listening');
      socket.send('x: y', port, '127.0.0.1', () => socket.close());
    }
    await expect.poll(() => results).toHaveLength(100);
    expect(results.filter((result) => result === 'denied')).toHaveLength(100);
    expect(warnings.length).toBeLessThan(100);
  });

  it('drops a flood and overlong messages, and reads on afterwards', async () => {
    const port = portOf(await open());
    await send(port, Buffer.alloc(9000, 'x'));
    for (let burst = 0; burst < 10; burst++) {
      await send(port, ...Array.from({ length: 60 }, () => 'x: y'));
    }
    expect(results.filter((result) => result === 'too_long')).toHaveLength(1);
    expect(results.filter((result) => result === 'kept')).toHaveLength(499);
    expect(results.filter((result) => result === 'rate_limited')).toHaveLength(101);
    time += 1000;
    await send(port, 'x: y');
    expect(results.at(-1)).toBe('kept');
  });

  it('keeps no more of a message in memory than its shortened text', async () => {
    const port = portOf(await open());
    // More would not fit into the buffer of a socket.
    const messages = Array.from({ length: 10 }, (_, index) =>
      Buffer.from(`<13>x: message number ${index} of many`.padEnd(8000, '\0')),
    );
    await send(port, ...messages);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let burst = 0; burst < 50; burst++) {
      time += 1000;
      await send(port, ...messages);
    }
    collectGarbage();
    expect(receiver?.logOf('1')?.entries).toHaveLength(500);
    // The datagrams have 4 MB in total.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 * MIB);
  });

  it('names the address to send logs to, if it receives logs there', async () => {
    const port = portOf(await open('auto'));
    expect(receiver?.targetAt('192.0.2.1')).toEqual({ address: '192.0.2.1', port });
    expect(receiver?.targetAt('[2001:db8::1]')).toEqual({ address: '2001:db8::1', port });
    expect(receiver?.targetAt('boot.example')).toBeUndefined();
    await receiver?.close();
    await open('127.0.0.1');
    expect(receiver?.targetAt('127.0.0.1')).toBeDefined();
    expect(receiver?.targetAt('192.0.2.1')).toBeUndefined();
  });

  it('continues without an address that is in use', async () => {
    const port = portOf(await open());
    const first = receiver;
    const second = await open('127.0.0.1', port);
    expect(second.addresses).toEqual([]);
    expect(second.targetAt('127.0.0.1')).toBeUndefined();
    expect(warnings[0]).toMatch(
      /^cannot receive the logs of installers on 127\.0\.0\.1:\d+: bind EADDRINUSE/,
    );
    await first?.close();
  });
});

describe.skipIf(lacks('apt-get', 'busybox', 'unshare'))(
  'logs of installers',
  { timeout: 300_000 },
  () => {
    let directory: string;

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-syslog-'));
    });

    afterEach(() => rm(directory, { recursive: true, force: true }));

    it('that BusyBox sends show how far an installation is, and hide its secrets', async () => {
      const dataDir = join(directory, 'data');
      const file = join(directory, 'pxeboot.yaml');
      await copyTestStore(dataDir);
      await writeFile(
        file,
        `profiles: {web: {raw: ['d-i preseed/late_command string curl -u ada:geheim http://10.0.0.1/x']}}
hosts: [{name: web1, match: {mac: ${MAC}}, profile: web}]\n`,
      );
      const args = ['--config', file, '--data-dir', dataDir, '--log-level', 'debug'];
      await using daemon = await RunningDaemon.start(args);
      await runPxeboot(['hosts', 'install', 'web1', '--config', file, '--data-dir', dataDir]);
      const http = async (path: string) =>
        (await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`)).text();
      await using loader = await TftpPort.open(daemon.port('tftp'));
      loader.ask('lpxelinux.0');
      const menu = await http(`/pxelinux.cfg/01-${MAC.replaceAll(':', '-')}`);
      const [, kernel = ''] = /LINUX http:\/\/[^/]+(\/s\/\S+)/.exec(menu) ?? [];
      const [, url = ''] = /url=(\S+)/.exec(menu) ?? [];
      const [, port = ''] = /log_host=127\.0\.0\.1 log_port=(\d+)/.exec(menu) ?? [];
      await http(kernel);
      const { pathname } = new URL(url);
      const preseed = await http(pathname);
      const [, scripts = ''] = /(\/i\/[^/]+)\/late/.exec(preseed) ?? [];
      await busybox(
        Number(port),
        'main-menu',
        "INFO: Menu item 'network-preseed' selected",
        'preseed',
        `successfully loaded preseed file from ${url}`,
        'preseed',
        `running preseed command preseed/early_command: wget -q -O /tmp/x http://10.0.0.1${scripts}/early && sh /tmp/x`,
        'late',
        'curl -u ada:geheim http://10.0.0.1/x: \u{1b}[31mno route\nhost',
        'main-menu',
        "INFO: Menu item 'partman-base' selected",
      );

      const commands = ['--config', file, '--data-dir', dataDir];
      const log = await runPxeboot(['hosts', 'log', 'web1', ...commands]);
      expect(log.stdout.replaceAll(/^\S+ /gm, '')).toBe(
        [
          "main-menu: INFO: Menu item 'network-preseed' selected",
          `preseed: successfully loaded preseed file from ${url.replace(/\/p\/[^/]+/, '/p/***')}`,
          'preseed: running preseed command preseed/early_command: ***',
          'late: ***: \\u{1b}[31mno route\\u{a}host',
          "main-menu: INFO: Menu item 'partman-base' selected",
          '',
        ].join('\n'),
      );
      const boots = await runPxeboot(['boots', MAC, ...commands]);
      expect(boots.stdout).toMatch(
        / installer preseed \(network-preseed\)\n.* installer partitions \(partman-base\)\n {4}installer(?: of trixie)?: partitions \(partman-base\)\n$/,
      );

      const keys = `RSA.${'r'.repeat(43)},ED25519.-_${'e'.repeat(41)},`;
      expect(await http(`${scripts}/done?keys=${keys}`)).toBe('ok\n');
      const key = `SSH host key ED25519 SHA256:+/${'e'.repeat(41)}\n`;
      expect((await runPxeboot(['hosts', 'show', 'web1', ...commands])).stdout).toContain(key);
      expect((await runPxeboot(['boots', MAC, ...commands])).stdout).toContain(key);

      const told = `${JSON.stringify(daemon.log)}${log.stdout}${boots.stdout}`;
      for (const secret of [pathname.split('/')[2], scripts.split('/')[2], 'geheim']) {
        expect(told).not.toContain(secret);
      }
      expect(told).toContain('install.syslog');
    });
  },
);
