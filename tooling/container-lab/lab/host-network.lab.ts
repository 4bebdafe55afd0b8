// The chart's pod on a node: its own security context, volumes, environment and arguments, in the
// node's network.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { tryCommand } from '@pxe/lab-host';

import { createNodeNetwork, type NodeNetwork } from '../src/network/topologies.js';
import { preparePod } from '../src/pod/kubelet.js';
import { type ContainerSpec } from '../src/runtime/container-spec.js';
import { type Container, startContainer } from '../src/runtime/container.js';
import { renderBootTest, renderChart } from './chart-pod.js';
import { ask, sha256OfUrl } from './clients/http.js';
import { startSlowHttp, startSlowTftp } from './clients/slow-downloads.js';
import { readByTftp, sha256 } from './clients/tftp.js';
import { servedFiles } from './served-files.js';

const image = inject('image');
const store = inject('store');
const root = inject('root');

const chartValues = {
  persistence: { type: 'hostPath', hostPath: { path: store } },
  terminationGracePeriodSeconds: 60,
};

let network: NodeNetwork;
let directory: string;
let spec: ContainerSpec;

beforeAll(async () => {
  network = await createNodeNetwork();
  directory = await mkdtemp(join(tmpdir(), 'pod-'));
  const { pod, manifests } = await renderChart(root, chartValues);
  spec = await preparePod(pod, manifests, image.config, {
    address: network.nodeAddress,
    networkNamespace: network.node.path,
    directory,
  });
});

afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function startServing(changes: Partial<ContainerSpec> = {}): Promise<Container> {
  const container = await startContainer({ ...spec, ...changes }, image.rootfs);
  await container.outputMatching(/"serve\.ready"/);
  return container;
}

describe("the chart's pod, serving", () => {
  let container: Container;

  beforeAll(async () => {
    container = await startServing();
  });

  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      console.error(container.output.join('\n'));
    });
  });

  afterAll(async () => {
    await container[Symbol.asyncDispose]();
  });

  it('is on a node where ports below 1024 are privileged', async () => {
    const { stdout } = await network.node.run('sysctl', ['net.ipv4.ip_unprivileged_port_start']);
    expect(stdout.trim()).toBe('net.ipv4.ip_unprivileged_port_start = 1024');
  });

  it('is not root, and has one capability and cannot gain others', async () => {
    const status = await readFile(`/proc/${await container.processId()}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
    const netBindService = (1 << 10).toString(16).padStart(16, '0');
    expect(field('Uid')).toBe('65532\t65532\t65532\t65532');
    expect(field('CapEff')).toBe(netBindService);
    expect(field('CapPrm')).toBe(netBindService);
    expect(field('CapBnd')).toBe(netBindService);
    expect(field('NoNewPrivs')).toBe('1');
    // 2 means that a filter is active.
    expect(field('Seccomp')).toBe('2');
  });

  it('writes nowhere but to its volume', async () => {
    const write = (path: string) =>
      container.exec(['/usr/local/bin/node', '--eval', `fs.writeFileSync('${path}/probe', '')`]);
    for (const path of ['/', '/app', '/tmp', '/usr/local/bin', '/etc/pxeboot']) {
      expect((await write(path)).stderr).toMatch(/EROFS|EACCES/);
    }
    expect((await write('/var/lib/pxeboot')).exitCode).toBe(0);
    await rm(join(store, 'probe'));
  });

  it('gives a strict TFTP client its loader from port 69', async () => {
    const { loader } = await servedFiles(store);
    const bytes = await readByTftp(network.client, network.nodeAddress, loader.path);
    expect(bytes && sha256(bytes)).toBe(loader.sha256);
  });

  it('names its own node in the menu', async () => {
    const menu = await readByTftp(network.client, network.nodeAddress, 'pxelinux.cfg/default');
    expect(menu?.toString()).toContain(`http://${network.nodeAddress}:8069/debian/`);
  });

  it("serves Debian's installer from the mounted store over HTTP", async () => {
    const { initrd } = await servedFiles(store);
    const url = `http://${network.nodeAddress}:8069/${initrd.path}`;
    expect(await sha256OfUrl(network.client, url)).toBe(initrd.sha256);
  });

  it('answers the probes of the kubelet, and refuses the API, since no token is set', async () => {
    const admin = `http://${network.nodeAddress}:9069`;
    expect((await ask(network.node, `${admin}/livez`)).status).toBe(200);
    expect((await ask(network.node, `${admin}/readyz`)).status).toBe(200);
    expect((await ask(network.client, `${admin}/api/images`)).status).toBe(403);
  });

  it('passes the health check of its image', async () => {
    const [kind, ...command] = image.config.Healthcheck.Test;
    expect(kind).toBe('CMD');
    const { exitCode, stderr } = await container.exec(command);
    expect(exitCode, stderr).toBe(0);
  });

  it('has a `pxeboot` command for `docker exec`', async () => {
    const { exitCode, stdout, stderr } = await container.exec(['pxeboot', 'images', 'list']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('trixie');
  });

  it('passes `helm test`', async () => {
    const { command, script, settings } = await renderBootTest(root, chartValues);
    const [node = '', ...flags] = command;
    const { exitCode, stdout, stderr } = await network.client.run(join(image.rootfs, node), [
      ...[...flags, script],
      // In place of the Service's name, which only resolves in a cluster.
      JSON.stringify({ ...settings, service: network.nodeAddress }),
    ]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`${network.nodeAddress}: loader (`);
  });
});

describe("the chart's pod, in other situations", () => {
  it('finishes running transfers after SIGTERM, accepts no new ones, and exits with 0', async () => {
    const container = await startServing();
    try {
      const { loader, initrd } = await servedFiles(store);
      const { client, nodeAddress } = network;
      // About six seconds each.
      const byTftp = await startSlowTftp(client, nodeAddress, loader.path, 40);
      const url = `http://${nodeAddress}:8069/${initrd.path}`;
      const byHttp = await startSlowHttp(client, url, 7_000_000);
      await container.signal('TERM');
      await container.outputMatching(/"serve\.draining"/);
      const late = await readByTftp(client, nodeAddress, loader.path, 2000);
      expect(late?.byteLength).toBeUndefined();

      expect(await byTftp.sha256).toBe(loader.sha256);
      expect(await byHttp.sha256).toBe(initrd.sha256);
      const lastTransferEnd = Date.now();
      expect(await container.exited).toBe(0);
      // It exits after the last transfer, long before the grace period ends.
      expect(Date.now() - lastTransferEnd).toBeLessThan(10_000);
    } finally {
      await container[Symbol.asyncDispose]();
    }
  });

  it.each(['[::1]:9170', '127.0.0.2:9171', '*:9172'])(
    'passes the health check of its image with admin.listen %s',
    async (listen) => {
      const environment = { ...spec.environment, PXEBOOT_ADMIN_LISTEN: listen };
      const container = await startServing({ environment });
      try {
        const command = image.config.Healthcheck.Test.slice(1);
        const { exitCode, stdout, stderr } = await container.exec(command);
        expect(exitCode, stderr).toBe(0);
        expect(stdout).toContain('"images"');
      } finally {
        await container[Symbol.asyncDispose]();
      }
    },
  );

  it('is not healthy without images', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'empty-store-'));
    const mounts = spec.mounts.map((mount) =>
      mount.destination === '/var/lib/pxeboot' ? { ...mount, source: empty } : mount,
    );
    await tryCommand('chown', ['65532:65532', empty]);
    const container = await startContainer({ ...spec, mounts }, image.rootfs);
    try {
      await container.outputMatching(/"serve\.ready"/);
      expect((await ask(network.node, 'http://127.0.0.1:9069/livez')).status).toBe(200);
      expect((await ask(network.node, 'http://127.0.0.1:9069/readyz')).status).toBe(503);
      const unhealthy = await container.exec(image.config.Healthcheck.Test.slice(1));
      expect(unhealthy).toMatchObject({ exitCode: 1 });
      expect(unhealthy.stdout).toContain('"images"');
    } finally {
      await container[Symbol.asyncDispose]();
      await rm(empty, { recursive: true });
    }
  });

  it('does not start without the capability, so the other tests would fail without it', async () => {
    const container = await startContainer({ ...spec, capabilities: [] }, image.rootfs);
    try {
      expect(await container.exited).not.toBe(0);
      expect(container.output.join('\n')).toContain('operation not permitted');
    } finally {
      await container[Symbol.asyncDispose]();
    }
  });
});
