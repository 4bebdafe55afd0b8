// The image on a Debian host, run with the files and commands of docs/container.md: as a quadlet of Podman under a real
// systemd, and with compose. The image comes from the lab instead of a registry, and its volume already has images.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import {
  bootMachine,
  connect,
  createNamespace,
  documentedLines,
  type Machine,
  type Namespace,
} from '@pxe/lab-host';

import { ask, sha256OfUrl } from './clients/http.js';
import { startSlowHttp } from './clients/slow-downloads.js';
import { readByTftp, sha256 } from './clients/tftp.js';
import { installContainerHost, NSPAWN_OPTIONS, PREPARATION, STORE_AT } from './container-host.js';
import { servedFiles } from './served-files.js';

const image = inject('image');
const store = inject('store');
const root = inject('root');
const page = join(root, 'docs/container.md');

const ADDRESS = '10.88.1.1';

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 500 };

let directory: string;
let host: Namespace;
let client: Namespace;
let machine: Machine;

beforeAll(async () => {
  directory = await mkdtemp('/var/tmp/pxeboot-container-host-');
  const system = join(directory, 'system');
  await installContainerHost(system, image, root);
  host = await createNamespace(`engine-${process.pid}`);
  client = await createNamespace(`client-${process.pid}`);
  await connect(
    { namespace: host, device: 'eth0', address: `${ADDRESS}/24` },
    { namespace: client, device: 'eth0', address: '10.88.1.2/24' },
  );
  machine = await bootMachine(system, host, {
    nspawn: [...NSPAWN_OPTIONS, `--bind=${store}:${STORE_AT}`],
  });
  for (const script of PREPARATION) {
    await machine.output(script);
  }
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

/** Stops the daemon with a command while a client loads an initrd, which must arrive whole. */
async function expectDrain(command: string): Promise<void> {
  const { initrd } = await servedFiles(store);
  const url = `http://${ADDRESS}:8069/${initrd.path}`;
  const download = await startSlowHttp(client, url, 7_000_000);
  await machine.output(command);
  expect(await download.sha256).toBe(initrd.sha256);
}

describe('the container as a Podman quadlet', () => {
  afterAll(async () => {
    await machine.run(
      'systemctl stop pxeboot; rm -r /etc/containers/systemd; systemctl daemon-reload',
    );
  });

  it('is started by the documented lines', { timeout: 300_000 }, async () => {
    const lines = await documentedLines(page, 'As a systemd service, with Podman');
    expect(lines).toHaveLength(4);
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

  it('finishes a transfer when it is stopped, and ends with success', async () => {
    await expectDrain('systemctl stop pxeboot');
    expect(await machine.output('systemctl show pxeboot --property=Result --value')).toBe(
      'success\n',
    );
  });
});

describe('the container with compose', () => {
  const compose = (line: string): Promise<string> => machine.output(`cd pxeboot; ${line}`);

  it('is started by the documented lines', { timeout: 300_000 }, async () => {
    const lines = await documentedLines(page, 'With compose');
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

  it('is healthy', async () => {
    await machine.output('podman healthcheck run pxeboot-pxeboot-1');
  });

  it(
    'finishes a transfer when it is removed, and keeps its data',
    { timeout: 300_000 },
    async () => {
      await expectDrain('cd pxeboot; docker compose down');
      expect(await machine.output('podman volume ls --quiet')).toContain('pxeboot\n');
    },
  );
});
