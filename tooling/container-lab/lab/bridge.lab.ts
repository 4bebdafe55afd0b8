// A container on a bridge network behind DNAT 69 -> 69, as `docker run -p` makes it, and no
// conntrack helper anywhere: single-port TFTP needs none.
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { type BridgeNetwork, createBridgeNetwork } from '../src/network/topologies.js';
import { DEFAULT_CAPABILITIES } from '../src/runtime/container-spec.js';
import { type Container, startContainer } from '../src/runtime/container.js';
import { sha256OfUrl } from './clients/http.js';
import { readByTftp, sha256 } from './clients/tftp.js';
import { servedFiles } from './served-files.js';

const image = inject('image');
const store = inject('store');

let network: BridgeNetwork;

beforeAll(async () => {
  network = await createBridgeNetwork();
});

afterAll(async () => {
  await network[Symbol.asyncDispose]();
});

/**
 * Starts a container like `docker run --read-only --env NAME=VALUE ... --volume STORE:/var/lib/pxeboot:ro`.
 */
async function dockerRun(environment: Readonly<Record<string, string>>): Promise<Container> {
  const container = await startContainer(
    {
      args: [...image.config.Entrypoint, ...image.config.Cmd],
      environment: {
        PXEBOOT_ADVERTISE: `http://${network.hostAddress}:8069`,
        ...environment,
      },
      workingDirectory: image.config.WorkingDir,
      uid: 65532,
      gid: 65532,
      supplementaryGroups: [],
      capabilities: DEFAULT_CAPABILITIES,
      noNewPrivileges: false,
      seccomp: 'runtime-default',
      mounts: [{ source: store, destination: '/var/lib/pxeboot', readOnly: true }],
      networkNamespace: network.container.path,
    },
    image.rootfs,
  );
  await container.outputMatching(/"serve\.ready"/);
  return container;
}

it('has no conntrack helper', async () => {
  const { stdout } = await network.host.run('nft', ['list', 'ruleset']);
  expect(stdout).toContain('dnat to 172.30.0.2:69');
  expect(stdout).not.toContain('helper');
});

it('gives a strict client its files, over TFTP and over HTTP', async () => {
  const container = await dockerRun({});
  try {
    const { loader, initrd } = await servedFiles(store);
    const bytes = await readByTftp(network.client, network.hostAddress, loader.path);
    expect(bytes && sha256(bytes)).toBe(loader.sha256);
    const menu = await readByTftp(network.client, network.hostAddress, 'pxelinux.cfg/default');
    const url = `http://${network.hostAddress}:8069/${initrd.path}`;
    expect(menu?.toString()).toContain(url);
    expect(await sha256OfUrl(network.client, url)).toBe(initrd.sha256);
  } finally {
    await container[Symbol.asyncDispose]();
  }
});

it('gives a strict client nothing if each transfer has its own port', async () => {
  const container = await dockerRun({ PXEBOOT_TFTP_SINGLE_PORT: 'false' });
  try {
    const { loader } = await servedFiles(store);
    const bytes = await readByTftp(network.client, network.hostAddress, loader.path);
    expect(bytes?.byteLength).toBeUndefined();
  } finally {
    await container[Symbol.asyncDispose]();
  }
});
