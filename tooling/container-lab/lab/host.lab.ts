// The image on a Debian host, run by the files and the lines of docs/container.md: as a quadlet of Podman under a real
// systemd, and with compose. The image comes from the lab instead of a registry, and its volume already has images.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import {
  bootMachine,
  connect,
  createNamespace,
  installDebian,
  type Machine,
  type Namespace,
  runCommand,
} from '@pxe/lab-host';

import { ask, sha256OfUrl } from './clients/http.js';
import { readByTftp, sha256 } from './clients/tftp.js';
import { servedFiles } from './served-files.js';

const image = inject('image');
const store = inject('store');
const root = inject('root');

const ADDRESS = '10.88.1.1';
const TAG = 'ghcr.io/pxeboot/pxeboot:latest';
const FILES = join(root, 'apps/server/container');

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 500 };

let directory: string;
let host: Namespace;
let client: Namespace;
let machine: Machine;

beforeAll(async () => {
  directory = await mkdtemp('/var/tmp/pxeboot-container-host-');
  const system = join(directory, 'system');
  const kept = process.env['CONTAINER_LAB_HOST'];
  await (kept === undefined
    ? installDebian(system, ['curl', 'docker-compose', 'podman'])
    : runCommand('cp', ['--archive', kept, system]));
  await cp(image.layout, join(system, 'root/image'), { recursive: true });
  await mkdir(join(system, 'root/pxeboot'));
  await cp(join(FILES, 'compose.yaml'), join(system, 'root/pxeboot/compose.yaml'));
  await cp(join(FILES, 'pxeboot.container'), join(system, 'root/pxeboot.container'));
  await mkdir(join(system, 'etc/containers/containers.conf.d'), { recursive: true });
  await writeFile(
    join(system, 'etc/containers/containers.conf.d/lab.conf'),
    // This host may have control groups of version 1, which Podman 5 does not use.
    '[containers]\ncgroups = "disabled"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
  );
  host = await createNamespace(`engine-${process.pid}`);
  client = await createNamespace(`client-${process.pid}`);
  await connect(
    { namespace: host, device: 'eth0', address: `${ADDRESS}/24` },
    { namespace: client, device: 'eth0', address: '10.88.1.2/24' },
  );
  machine = await bootMachine(system, host, [
    `--bind=${store}:/srv/store`,
    '--system-call-filter=@keyring',
  ]);
  await machine.output(
    `podman pull --quiet oci:/root/image:image && podman tag $(podman images --quiet | head -n 1) ${TAG}`,
  );
  await machine.output(
    'podman volume create --opt type=none --opt device=/srv/store --opt o=bind pxeboot',
  );
}, 900_000);

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    console.error(
      (await machine.run('podman ps --all; journalctl --no-pager | tail -n 80')).stdout,
    );
  });
});

/** Waits until the daemon serves, then reads a loader over TFTP and an initrd over HTTP. */
async function expectService(): Promise<void> {
  await vi.waitFor(async () => {
    expect((await ask(host, 'http://127.0.0.1:9069/readyz')).status).toBe(200);
  }, PATIENCE);
  const { loader, initrd } = await servedFiles(store);
  const bytes = await readByTftp(client, ADDRESS, loader.path);
  expect(bytes && sha256(bytes)).toBe(loader.sha256);
  expect(await sha256OfUrl(client, `http://${ADDRESS}:8069/${initrd.path}`)).toBe(initrd.sha256);
}

/** Returns the fenced shell lines of docs/container.md below a heading, without comments. */
async function documentedLines(heading: string): Promise<readonly string[]> {
  const page = await readFile(join(root, 'docs/container.md'), 'utf8');
  const section = page.slice(page.indexOf(`\n## ${heading}\n`));
  const block = /```sh\n([^`]+)```/.exec(section)?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

describe('as a quadlet of Podman', () => {
  afterAll(async () => {
    await machine.run(
      'systemctl stop pxeboot; rm -r /etc/containers/systemd; systemctl daemon-reload',
    );
  });

  it('is started by the documented lines', { timeout: 300_000 }, async () => {
    const lines = await documentedLines('As a systemd service, with Podman');
    expect(lines).toHaveLength(4);
    await machine.output('mkdir -p /etc/containers/systemd/pxeboot.container.d');
    await machine.output(
      "printf '[Container]\\nPodmanArgs=--cgroups=disabled\\n' > /etc/containers/systemd/pxeboot.container.d/lab.conf",
    );
    for (const line of lines.slice(0, 3)) {
      await machine.output(line);
    }
    await expectService();
    expect(await machine.output(lines[3] ?? '')).toContain(ADDRESS);
  });

  it('is a service of systemd, with its log in the journal', async () => {
    expect(await machine.output('systemctl is-active pxeboot')).toBe('active\n');
    expect(await machine.output('journalctl --unit=pxeboot --output=cat --no-pager')).toMatch(
      /TFTP sent lpxelinux\.0 to 10\.88\.1\.2/,
    );
  });

  it('has a read-only root, one capability and a health check', async () => {
    const [facts] = JSON.parse(await machine.output('podman inspect pxeboot')) as {
      EffectiveCaps: unknown;
      HostConfig: { ReadonlyRootfs: boolean };
    }[];
    expect(facts?.HostConfig.ReadonlyRootfs).toBe(true);
    expect(facts?.EffectiveCaps).toEqual(['CAP_NET_BIND_SERVICE']);
    await machine.output('podman healthcheck run pxeboot');
  });

  it('ends with success when it is stopped', async () => {
    await machine.output('systemctl stop pxeboot');
    expect(await machine.output('systemctl show pxeboot --property=Result --value')).toBe(
      'success\n',
    );
  });
});

describe('with compose', () => {
  // Podman answers as Docker would.
  const compose = (line: string): Promise<string> =>
    machine.output(
      `cd pxeboot; docker() { shift; DOCKER_HOST=unix:///run/podman/podman.sock docker-compose "$@"; }; ${line}`,
    );

  it('is started by the documented lines', { timeout: 300_000 }, async () => {
    await machine.output('systemctl start podman.socket');
    const lines = await documentedLines('With compose');
    expect(lines).toHaveLength(2);
    await compose(lines[0] ?? '');
    await expectService();
    expect(await compose(lines[1] ?? '')).toContain(ADDRESS);
  });

  it('has a read-only root and one capability', async () => {
    const [facts] = JSON.parse(await machine.output('podman inspect pxeboot-pxeboot-1')) as {
      EffectiveCaps: unknown;
      HostConfig: { ReadonlyRootfs: boolean };
    }[];
    expect(facts?.HostConfig.ReadonlyRootfs).toBe(true);
    expect(facts?.EffectiveCaps).toEqual(['CAP_NET_BIND_SERVICE']);
  });

  it('is removed without its data', async () => {
    await compose('docker compose down');
    expect(await machine.output('podman volume ls --quiet')).toContain('pxeboot\n');
  });
});
