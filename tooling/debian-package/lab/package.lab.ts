// The package on Debian with a real systemd, from installation to purge. The tests build on each other: each starts
// where the previous one ended.
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  bootMachine,
  checkHost,
  connect,
  createNamespace,
  installDebian,
  type Machine,
  type Namespace,
  type Program,
  tryCommand,
} from '@pxe/lab-host';
import { addMadeUpSuite, contentOf, createSigningKey, type MirrorTree } from '@pxe/local-mirror';

import { buildPackages } from '../src/debian-package.js';

const ROOT = resolve(import.meta.dirname, '../../..');

const ADDRESS = '10.69.0.1';

/** Size of the initrd in bytes: large enough that the kernel's buffers hold only a part of it. */
const INITRD_BYTES = 48 * 1024 * 1024;

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 200 };

/** Settings of a host without a mirror: a made-up suite in a folder. */
const SETTINGS = `
images: [trixie:amd64:text]
source: { kind: directory, path: /srv/mirror, keyring: /srv/archive.asc }
menu: { title: Rack 7 }
`;

let directory: string;
let packages: readonly string[];
let server: Namespace;
let client: Namespace;
let machine: Machine;
let initrd: { readonly path: string; readonly sha256: string };

beforeAll(async () => {
  await checkHost('the lab of the Debian package', [
    { what: 'mmdebstrap', packages: ['mmdebstrap'] },
    { what: 'systemd-nspawn', packages: ['systemd-container'] },
    { what: 'dh', packages: ['debhelper'] },
    { what: 'ip', packages: ['iproute2'] },
    { what: 'nsenter', packages: ['util-linux'] },
    { what: 'tftp', packages: ['tftp-hpa'] },
    { what: 'curl', packages: ['curl'] },
  ]);
  // Not below /tmp, which may be memory.
  directory = await mkdtemp('/var/tmp/pxeboot-debian-package-');
  const system = join(directory, 'system');
  const kept = process.env['DEBIAN_PACKAGE_LAB_BASE'];
  [packages] = await Promise.all([
    buildPackages({ root: ROOT, output: directory, versions: ['1.0.0', '1.0.1'] }),
    kept === undefined
      ? installDebian(system, ['lintian', 'nodejs'])
      : tryCommand('cp', ['--archive', kept, system]).then(() => undefined),
  ]);
  await makeMirror(join(system, 'srv'));
  for (const file of packages) {
    await cp(file, join(system, 'root', basename(file)));
  }
  server = await createNamespace(`deb-server-${process.pid}`);
  client = await createNamespace(`deb-client-${process.pid}`);
  await connect(
    { namespace: server, device: 'boot0', address: `${ADDRESS}/24` },
    { namespace: client, device: 'nic0', address: '10.69.0.50/24' },
  );
  machine = await bootMachine(system, server);
});

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Writes a made-up suite, and the key that signed it. */
async function makeMirror(target: string): Promise<void> {
  const key = await createSigningKey();
  const tree: MirrorTree = new Map();
  await addMadeUpSuite(tree, { codename: 'trixie', initrdLength: INITRD_BYTES }, key);
  for (const [path, file] of tree) {
    const place = join(target, 'mirror', path);
    await mkdir(dirname(place), { recursive: true });
    const content = await contentOf(file);
    await writeFile(place, content);
    if (path.endsWith('/netboot/debian-installer/amd64/initrd.gz')) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      initrd = { path: 'debian/trixie/20250101+deb13u1/amd64/text/initrd.gz', sha256 };
    }
  }
  await writeFile(join(target, 'archive.asc'), key.publicKey);
}

async function journal(...flags: readonly string[]): Promise<string> {
  return machine.output(`journalctl --unit=pxeboot --output=cat --no-pager ${flags.join(' ')}`);
}

async function property(name: string): Promise<string> {
  return (await machine.output(`systemctl show pxeboot --property=${name} --value`)).trim();
}

function configure(settings: string): Promise<string> {
  return machine.output(`cat > /etc/pxeboot/pxeboot.yaml <<'END'\n${settings}\nEND`);
}

beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    console.error((await machine.run('journalctl --no-pager | tail -n 80')).stdout);
  });
});

describe('the Debian package', () => {
  let firstPing: string;

  it("passes Debian 13's lintian without errors or warnings", async () => {
    const flags = '--allow-root --fail-on error,warning --tag-display-limit 0';
    const { exitCode, stdout, stderr } = await machine.run(
      `lintian ${flags} ./${basename(packages[0] ?? '')}`,
      { timeoutMs: 240_000 },
    );
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('is installed by the documented command, and runs', async () => {
    await machine.output(`apt install --yes ./${basename(packages[0] ?? '')}`);
    expect(await property('ActiveState')).toBe('active');
    expect(await property('User')).toBe('pxeboot');
    expect(await machine.output('stat --format=%U /var/lib/pxeboot')).toBe('pxeboot\n');
    firstPing = await property('WatchdogTimestampMonotonic');
  });

  it('is sandboxed to an exposure of at most 2.0', async () => {
    const { exitCode, stdout } = await machine.run(
      'systemd-analyze security --no-pager --threshold=20 pxeboot.service',
    );
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  });

  it('has a manual page, completions, and a configuration with valid examples', async () => {
    await machine.output(
      'zgrep -q TH /usr/share/man/man8/pxeboot.8.gz && bash -n /usr/share/bash-completion/completions/pxeboot && test -s /usr/share/zsh/vendor-completions/_pxeboot -a -s /usr/share/fish/vendor_completions.d/pxeboot.fish',
    );
    await machine.output('pxeboot config check');
    const examples = "sed -n '/^#[^ ]\\|^#  [a-z]/s/^#//p' /etc/pxeboot/pxeboot.yaml";
    await machine.output(`${examples} > examples.yaml`);
    expect(await machine.output('grep -c . examples.yaml')).not.toBe('0\n');
    await machine.output('pxeboot config check --config examples.yaml');
  });

  it('applies the configuration with systemctl reload, and fetches its images', async () => {
    await configure(SETTINGS);
    await machine.output('systemctl reload pxeboot');
    await vi.waitFor(async () => {
      await machine.output('pxeboot health');
    }, PATIENCE);
  });

  it('serves files over TFTP and HTTP to another host', async () => {
    const file = join(directory, 'menu.cfg');
    const request = ['-m', 'binary', ADDRESS, '-c', 'get', 'pxelinux.cfg/default', file];
    await client.output('tftp', request);
    expect(await readFile(file, 'utf8')).toMatch(/Rack 7/);
    const url = `http://${ADDRESS}:8069/pxelinux.cfg/default`;
    expect(await client.output('curl', ['--silent', '--fail', url])).toMatch(/Rack 7/);
  });

  it('logs to the journal with priorities', async () => {
    await configure('menu: { titel: Rack 8 }');
    await machine.output('systemctl reload pxeboot');
    expect(await journal('--priority=err')).toMatch(/the new configuration is invalid.*titel/);
    expect(await journal()).toMatch(/^TFTP sent pxelinux.cfg\/default to 10\.69\.0\.50/m);
    await configure(SETTINGS);
    await machine.output('systemctl reload pxeboot');
  });

  it('is upgraded while a machine loads a file, which arrives whole', async () => {
    const file = join(directory, 'initrd.gz');
    const url = `http://${ADDRESS}:8069/${initrd.path}`;
    // At full speed, the download would finish before it could be stopped.
    const download = await client.start('curl', [
      ...['--silent', '--show-error', '--fail', '--limit-rate', '10M', '--output', file, url],
    ]);
    await vi.waitFor(async () => {
      expect((await stat(file)).size).toBeGreaterThan(0);
    }, PATIENCE);
    process.kill(download.pid, 'SIGSTOP');
    expect((await stat(file)).size).toBeLessThan(INITRD_BYTES);
    const before = await property('MainPID');
    const upgrade = machine.output(`apt install --yes ./${basename(packages[1] ?? '')}`);
    try {
      await vi.waitFor(async () => {
        expect(await journal()).toMatch(/^stopping: .*1 transfer/m);
      }, PATIENCE);
    } finally {
      process.kill(download.pid, 'SIGCONT');
    }
    await expectSuccess(download);
    await upgrade;
    const sha256 = createHash('sha256').update(await readFile(file));
    expect(sha256.digest('hex')).toBe(initrd.sha256);
    expect(await machine.output("dpkg-query --show --showformat='${Version}' pxeboot")).toBe(
      '1.0.1',
    );
    expect(await property('ActiveState')).toBe('active');
    expect(await property('MainPID')).not.toBe(before);
    await machine.output('pxeboot health');
  });

  it('has answered the watchdog', async () => {
    await vi.waitFor(async () => {
      expect(await property('WatchdogTimestampMonotonic')).not.toBe(firstPing);
    }, PATIENCE);
    expect(await property('NRestarts')).toBe('0');
  });

  it('leaves its data when removed, and only its user when purged', async () => {
    await machine.output('apt remove --yes pxeboot');
    await machine.output('test -s /etc/pxeboot/pxeboot.yaml && test -s /var/lib/pxeboot/state.db');
    await machine.output('apt purge --yes pxeboot');
    const left = await machine.output(
      "find / -xdev -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*' -name '*pxeboot*'",
    );
    expect(left).toBe('');
    expect(await machine.output('systemctl --failed --no-legend')).toBe('');
    await machine.output('getent passwd pxeboot');
  });
});

async function expectSuccess(program: Program): Promise<void> {
  const { how } = await program.exited;
  expect({ how, output: program.lines.entries }).toEqual({ how: 'exit code 0', output: [] });
}
