import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { aptFlags } from './support/apt-flags.js';
import { RunningDaemon } from './support/daemon.js';
import { PXEBOOT, runPxeboot } from './support/pxeboot-command.js';
import { rawHttp } from './support/raw-http.js';
import { TftpPort } from './support/raw-tftp.js';
import { TerminalSession } from './support/terminal-session.js';
import { copyTestStore } from './support/test-store.js';

const MAC = '52:54:00:00:00:01';
/** Text that clears the screen, sets the window title, reverses text, and begins a log line. */
const HOSTILE = '\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\n{"event":"install.installed"}\r';
/** The same text in bytes that a TFTP file name and a line of HTTP can contain. */
const HOSTILE_NAME = 'x\u{1b}[2J\u{1b}]0;owned\u{7}\n{"event":"install.installed"}\r';
const HOSTILE_URL = encodeURIComponent(HOSTILE_NAME);

/** Names of boot files for which the diagnosis quotes the hostile text, or a long one. */
const HOSTILE_FILES = [
  `/${HOSTILE}/lpxelinux.0`,
  `/\u{1F600}<script>alert(1)</script>\t\u{200B}/${'\u{1F600}'.repeat(300)}/lpxelinux.0`,
  `/${'x'.repeat(60_000)}/lpxelinux.0`,
  `${HOSTILE}"lpxelinux.0";`,
];
/**
 * Sequences that the panel draws with: lines up, columns, erasing, colours, and the start and end of a
 * picture.
 */
// eslint-disable-next-line no-control-regex -- escape sequences begin with it
const DRAWING = /\u001B\[(?:\d*[AGK]|[\d;]*m|\?2026[hl])/g;

/** Controls except line feeds and tabs, and marks that change the direction of text. */
// eslint-disable-next-line no-control-regex -- these are looked for
const UNSEEN = /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u;

describe.skipIf(lacks('apt-get'))('text from hostile clients', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-hostile-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is escaped wherever it is shown, and forges no line, step or end', async () => {
    const dataDir = join(directory, 'data');
    const file = join(directory, 'pxeboot.yaml');
    await copyTestStore(dataDir);
    await writeFile(
      file,
      `profiles: {web: {raw: ['d-i x string y']}}
hosts: [{name: web1, match: {mac: ${MAC}}, profile: web}]\n`,
    );
    const commands = ['--config', file, '--data-dir', dataDir];
    await using daemon = await RunningDaemon.start([...commands, '--log-level', 'debug']);
    await runPxeboot(['hosts', 'install', 'web1', ...commands]);
    const http = async (path: string) =>
      (await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`)).text();

    // A machine boots, with hostile names, cookies and a user agent.
    await using loader = await TftpPort.open(daemon.port('tftp'));
    loader.ask(HOSTILE_NAME);
    loader.ask('lpxelinux.0');
    const menu = await http(`/pxelinux.cfg/01-${MAC.replaceAll(':', '-')}`);
    const [, kernel = ''] = /LINUX http:\/\/[^/]+(\/s\/\S+)/.exec(menu) ?? [];
    const [, preseedPath = ''] = /url=http:\/\/[^/]+(\/\S+)/.exec(menu) ?? [];
    const [, syslog = ''] = /log_host=127\.0\.0\.1 log_port=(\d+)/.exec(menu) ?? [];
    await http(kernel);
    await rawHttp(
      daemon.port('http'),
      `GET /${HOSTILE_URL} HTTP/1.1\r\nHost: x\r\nUser-Agent: \u{1b}[2Jagent\u{7}\r\nCookie: _Syslinux_BOOTIF=01-\u{1b}[2J; _Syslinux_SYSUUID=\u{1b}[2J\r\n\r\n`,
    );
    const [, scripts = ''] = /(\/i\/[^/]+)\/late/.exec(await http(preseedPath)) ?? [];

    // The machine gives DHCP and the installer a hostile name, which the installer's syslogd may put into its
    // lines.
    const socket = createSocket('udp4');
    for (const text of [
      `<13>Nov 29 02:16:19 ${HOSTILE} main-menu[1]: INFO: Menu item 'partman-base' selected`,
      `<13>Nov 29 02:16:19 dhclient[1]: bound as ${HOSTILE}`,
      `<13>Nov 29 02:16:19 ${HOSTILE}: program`,
      `<13>Nov 29 02:16:19 main-menu[1]: INFO: Menu item '${HOSTILE}' selected`,
      "<13>Nov 29 02:16:20 main-menu[1]: INFO: Menu item 'netcfg' selected",
    ]) {
      socket.send(text, Number(syslog), '127.0.0.1');
    }
    await expect
      .poll(async () => (await runPxeboot(['hosts', 'log', 'web1', ...commands])).stdout)
      .toContain("Menu item 'netcfg' selected");
    socket.close();
    expect((await runPxeboot(['hosts', 'show', 'web1', ...commands])).stdout).not.toContain(
      'installed',
    );
    const key = `\u{1b}[2J.${'r'.repeat(43)},ED25519\n.${'e'.repeat(43)}`;
    const done = `${scripts}/done?keys=${encodeURIComponent(key)}&hostname=${HOSTILE_URL}`;
    expect(await http(done)).toBe('ok\n');
    await daemon.logged('install.installed');

    const shown: Record<string, string> = {
      daemon: daemon.log.map(({ msg }) => String(msg)).join('\n'),
    };
    for (const args of [['boots'], ['boots', MAC], ['boots', '127.0.0.1'], ['hosts', 'list']]) {
      shown[args.join(' ')] = (await runPxeboot([...args, ...commands])).stdout;
    }
    for (const name of ['show', 'log']) {
      shown[name] = (await runPxeboot(['hosts', name, 'web1', ...commands])).stdout;
    }
    for (const [place, text] of Object.entries(shown)) {
      expect(text, place).not.toBe('');
      expect(text, place).not.toMatch(UNSEEN);
      expect(text, place).not.toMatch(/^\{"event"/m);
    }
    for (const place of ['daemon', 'log']) {
      expect(shown[place], place).toContain(String.raw`\u{1b}[2J`);
    }
    expect(shown['boots 127.0.0.1']).not.toContain('SSH host key');
    // In JSON, the hostile text is escaped as JSON.
    for (const args of [
      ['boots'],
      ['hosts', 'list'],
      ['hosts', 'show', 'web1'],
      ['hosts', 'log', 'web1'],
    ]) {
      const { stdout } = await runPxeboot([...args, '--json', ...commands]);
      expect(stdout, args.join(' ')).not.toMatch(UNSEEN);
      expect(JSON.parse(stdout), args.join(' ')).toBeTypeOf('object');
    }
    const api = `http://127.0.0.1:${daemon.port('admin')}/api/v1`;
    for (const path of ['/boots', '/machines', '/hosts', '/hosts/web1', '/hosts/web1/log']) {
      const text = await (await fetch(`${api}${path}`)).text();
      expect(JSON.parse(text), path).toBeTypeOf('object');
      // eslint-disable-next-line no-control-regex -- these are looked for
      expect(text, path).not.toMatch(/[\u{0}-\u{1f}]/u);
    }
    expect(daemon.log.filter(({ event }) => event === 'install.installed')).toHaveLength(1);
  });

  it.skipIf(lacks('script', 'stty'))('is escaped on the terminal of serve', async () => {
    const dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
    const listen = ['tftp', 'http', 'admin', 'syslog'].flatMap((plane) => [
      `--${plane}-listen`,
      '127.0.0.1:0',
    ]);
    // At this level, the terminal shows each request.
    const flags = ['--data-dir', dataDir, '--log-level', 'debug', '--drain-lame-duck', '0s'];
    const command = [process.execPath, PXEBOOT, 'serve', ...listen, ...aptFlags(), ...flags];
    await using session = new TerminalSession(
      command.join(' '),
      directory,
      { columns: 120, rows: 40 },
      { LANG: 'C.UTF-8' },
    );
    const ready = (await session.shows(/^ready .*\nboots /ms)).join('\n');
    const port = (url: string): number => Number(new RegExp(`${url}:(\\d+)`).exec(ready)?.[1]);
    const tftp = port('TFTP 127\\.0\\.0\\.1');
    const http = port('HTTP http://127\\.0\\.0\\.1');

    // Each request comes from a different address, since each machine has its own line.
    const sockets = [...HOSTILE_FILES, 'undionly.kpxe'].map((file, index) => {
      const socket = createSocket('udp4').bind(0, `127.0.0.${index + 2}`);
      socket.send(Buffer.from(`\0\u{1}${file}\0octet\0`), tftp, '127.0.0.1');
      return socket;
    });
    for (const path of [HOSTILE_URL, encodeURIComponent(HOSTILE), 'last-request']) {
      await rawHttp(
        http,
        `GET /${path} HTTP/1.1\r\nHost: x\r\nUser-Agent: \u{1b}[2Jagent\u{7}\r\nCookie: _Syslinux_BOOTIF=01-\u{1b}[2J\r\n\r\n`,
      );
    }
    await expect.poll(() => session.output).toContain('last-request');
    const lines = await session.shows(/127\.0\.0\.2.*DHCP names undionly\.kpxe/s);
    sockets.forEach((socket) => socket.close());
    expect(lines.filter((line) => line.startsWith('pxeboot TFTP'))).toHaveLength(1);
    expect(lines.join('\n')).toContain(String.raw`DHCP names /\u{1b}[2J`);
    session.type('\u0003');
    expect(await session.end()).toBe(0);
    const written = session.output.replaceAll(DRAWING, '').replaceAll('\r\n', '\n');
    expect(written).not.toMatch(UNSEEN);
    expect(written).not.toMatch(/^\{"event"/m);
  });
});
