import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { TftpPort } from './support/raw-tftp.js';
import { copyTestStore, TEST_STORE } from './support/test-store.js';

const MAC = '52:54:00:00:00:01';

let directory: string;
let file: string;

function start(): Promise<RunningDaemon> {
  return RunningDaemon.start(['--config', file, '--data-dir', TEST_STORE, '--state', 'off']);
}

/** Returns the text of a small file, or the error, as PXELINUX gets it over TFTP. */
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

describe.skipIf(lacks('apt-get'))('hosts', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-hosts-'));
    file = join(directory, 'pxeboot.yaml');
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('get their own menus over TFTP and HTTP, and new ones after SIGHUP', async () => {
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
    expect(await daemon.logged('boot.ended')).toMatchObject({ mac: MAC, outcome: 'local' });
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
    expect(missing.stderr).toBe('pxeboot: pxeboot.yaml has no host named web2\n');
    expect(missing.code).toBe(4);
  });

  it('are added, armed and installed once by commands, over TFTP and HTTP, and no token is logged', async () => {
    const dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
    const cfg =
      'd-i debian-installer/locale string {{locale}}\nd-i preseed/late_command string true\n';
    await writeFile(join(directory, 'web.cfg'), cfg);
    await writeFile(file, `profiles: {web: {file: ${join(directory, 'web.cfg')}}}\n`);
    const args = ['--config', file, '--data-dir', dataDir];
    const hosts = (...more: string[]) => runPxeboot(['hosts', ...more, ...args]);
    expect((await hosts('list')).stderr).toMatch(/^pxeboot: no daemon is running for /);
    await using daemon = await RunningDaemon.start(args);
    await using loader = await TftpPort.open(daemon.port('tftp'));
    expect((await hosts('add', 'web1', '--mac', 'x')).stderr).toMatch(/expected a MAC address/);
    const added = await hosts(
      'add',
      'web1',
      '--mac',
      MAC,
      '--profile',
      'web',
      '--variable',
      'locale=C',
    );
    expect(added).toMatchObject({ stdout: `added web1 (mac ${MAC})\n`, stderr: '', code: 0 });
    expect(
      await hosts('set', 'web1', '--boot', 'local', '--title', 'Web', '--suite', 'trixie'),
    ).toMatchObject({
      stdout: `changed web1 (mac ${MAC}, boot local)\n`,
      stderr: '',
      code: 0,
    });
    expect((await hosts('set', 'web1', '--title', 'X', '--unset', 'title')).code).toBe(2);
    expect((await hosts('set', 'web1')).stderr).toMatch(/^pxeboot: nothing to change/);
    expect((await hosts('set', 'nobody', '--boot', 'menu')).stderr).toMatch(/nobody/);
    expect((await hosts('set', 'web1', '--boot', 'menu', '--unset', 'title', 'suite')).code).toBe(
      0,
    );
    const { stdout: json } = await hosts('show', 'web1', '--json');
    expect(JSON.parse(json)).toMatchObject({
      boot: 'menu',
      profile: 'web',
      variables: ['locale'],
    });
    expect(json).not.toMatch(/title|suite/);
    expect((await hosts('install', 'web1', '--retry', 'x')).code).toBe(2);
    const armed = await hosts('install', 'web1');
    expect(armed.stdout).toMatch(/^web1 is armed: /);
    expect(armed.stderr).toMatch(/^warning: the installer will still ask "passwd\/username"; /m);
    expect((await hosts('install', 'web1')).stderr).toMatch(
      /already armed[\s\S]*hosts cancel web1/,
    );
    expect((await hosts('list')).stdout).toMatch(/^web1 +mac 52:54:00:00:00:01 +menu +armed /);

    loader.ask('lpxelinux.0');
    const own = `pxelinux.cfg/01-${MAC.replaceAll(':', '-')}`;
    const menu = await tftp(daemon, own);
    expect(menu).toMatch(/TIMEOUT 30\n/);
    const shown = await fetch(
      `http://127.0.0.1:${daemon.port('admin')}/api/v1/menu?loader=pxelinux&machine=WEB1`,
    );
    expect(await shown.json()).toMatchObject({
      host: 'web1',
      boot: 'install',
      text: menu.replace(/\/s\/\w+/, '/s/START').replace(/\/p\/[^/]+/, '/p/TOKEN'),
    });
    const [, kernel = ''] = /LINUX http:\/\/[^/]+(\/s\/\S+)/.exec(menu) ?? [];
    const [, preseed = ''] =
      /APPEND .*url=http:\/\/[^/]+(\/p\/\S+) locale=C hostname=web1 domain= log_host=127\.0\.0\.1 log_port=\d+ ---/.exec(
        menu,
      ) ?? [];
    expect(await http(daemon, preseed)).not.toContain('locale');
    const status = async (path: string) =>
      (await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`, { method: 'HEAD' })).status;
    expect(await status(kernel)).toBe(200);
    expect(await status(kernel.replace(/^\/s\/.{4}/, '/s/0000'))).toBe(404);
    const text = await http(daemon, preseed);
    expect(text).toMatch(/^d-i debian-installer\/locale string C\n/);
    const [, scripts = ''] = /(\/i\/[^/]+)\/late/.exec(text) ?? [];
    expect(await http(daemon, `${scripts}/late`)).toMatch(/^\(\ntrue\n\)\n/);
    expect(await tftp(daemon, own)).toMatch(/MENU TITLE web1: the installation did not finish/);
    expect(await tftp(daemon, preseed)).toContain('File not found');
    expect(await http(daemon, `${scripts}/done`)).toBe('ok\n');
    expect(await tftp(daemon, own)).toMatch(/^DEFAULT local\nPROMPT 0\n/);
    expect((await hosts('show', 'web1')).stdout).toMatch(
      /^web1[^\n]*\nadded at run time\n[^\n]*armed[^\n]*\n[^\n]*started[^\n]*\n[^\n]*preseed handed out\n[^\n]*installed +127\.0\.0\.1\n$/,
    );
    const boots = await runPxeboot(['boots', '--json', ...args]);
    const steps = (await runPxeboot(['boots', MAC, ...args])).stdout;
    expect(steps).toMatch(
      /preseed +HTTP \/p\/\*{3}\/preseed\.cfg, .*\n.* late +HTTP .*\n.* installed HTTP /,
    );
    expect(steps).toMatch(/\n {4}installed (?:trixie )?in \d/);
    const told = JSON.stringify(daemon.log) + boots.stdout;
    for (const path of [preseed, scripts]) {
      expect(told).not.toContain(path.split('/')[2]);
    }
    expect(told).toContain('/p/***/preseed.cfg');
    expect((await hosts('remove', 'web1')).stdout).toBe('removed web1\n');
    expect((await hosts('show', 'web1')).code).toBe(4);
  });
});
