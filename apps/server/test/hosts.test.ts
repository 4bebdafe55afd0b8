import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RunningDaemon } from './support/daemon.js';
import { lacks } from './support/programs.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TftpPort } from './support/raw-tftp.js';
import { TEST_STORE } from './support/test-store.js';

const MAC = '52:54:00:00:00:01';

let directory: string;
let file: string;

function start(): Promise<RunningDaemon> {
  return RunningDaemon.start(['--config', file, '--data-dir', TEST_STORE, '--state', 'off']);
}

/** Text of a small file, or the error, as PXELINUX gets it over TFTP. */
async function tftp(daemon: RunningDaemon, name: string): Promise<string> {
  await using port = await TftpPort.open(daemon.port('tftp'));
  port.ask(name);
  let text = '';
  for (let block = 1; ; block++) {
    const answer = await port.next();
    if (answer.type !== 'data') {
      return JSON.stringify(answer);
    }
    text += answer.bytes.toString();
    port.acknowledge(block);
    if (answer.bytes.length < 512) {
      return text;
    }
  }
}

async function http(daemon: RunningDaemon, path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`)).text();
}

describe.skipIf(lacks('apt-get'))('hosts', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-hosts-'));
    file = join(directory, 'pxeboot.yaml');
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('get their own menus by TFTP and HTTP, and new ones after SIGHUP', async () => {
    const host = (boot: string) =>
      `hosts: [{name: web1, match: {mac: ${MAC}}, title: Web 1, boot: ${boot}}]\n`;
    await writeFile(file, host('menu'));
    await using daemon = await start();
    const own = `pxelinux.cfg/01-${MAC.replaceAll(':', '-')}`;
    expect(await tftp(daemon, own)).toContain('MENU TITLE Web 1\n');
    expect(await tftp(daemon, 'pxelinux.cfg/01-52-54-00-00-00-02')).toContain('File not found');
    expect(await tftp(daemon, 'pxelinux.cfg/default')).toContain('Debian network installer');
    expect(await http(daemon, `/m/${MAC}/amd64/.cfg`)).toMatch(/^set pxeboot_menu=own\n/);
    expect(await http(daemon, `/m/${MAC}/ipxe/x86_64.ipxe`)).toContain('menu -- Web 1\n');

    await writeFile(file, host('local'));
    daemon.signal('SIGHUP');
    expect((await daemon.logged('config.reloaded'))['changed']).toEqual(['hosts']);
    expect(await tftp(daemon, own)).toMatch(/^DEFAULT local\nPROMPT 0\n/);
    expect(await http(daemon, `/m/${MAC}/ipxe/x86_64.ipxe`)).toMatch(/^#!ipxe\ngoto local\n/);
  });

  it('are shown by "pxeboot menu show --host"', async () => {
    await writeFile(file, 'hosts: [{name: web1, match: {ip: 10.0.0.1}, suite: bookworm}]\n');
    const show = (...args: string[]) =>
      runPxeboot(['menu', 'show', '--config', file, '--data-dir', TEST_STORE, ...args]);
    const shown = await show('--host', 'WEB1', '--as', 'syslinux');
    expect(shown.stdout).toContain('/debian/bookworm/');
    expect(shown.stdout).not.toContain('/debian/trixie/');
    const grub = await show('--host', 'web1', '--as', 'grub');
    expect(grub.stdout).toMatch(/^set pxeboot_menu=own\n/);
    const missing = await show('--host', 'web2');
    expect(missing.stderr).toBe('pxeboot: hosts has no web2\n');
    expect(missing.code).toBe(4);
  });
});
