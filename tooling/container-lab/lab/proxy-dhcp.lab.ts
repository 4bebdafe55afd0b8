// ProxyDHCP from a container on the host's network: `docker run --network host --cap-drop ALL
// --cap-add NET_BIND_SERVICE`. The image's own `pxeboot doctor` is the machine that boots.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { createNodeNetwork, type NodeNetwork } from '../src/network/topologies.js';
import { type Container, startContainer } from '../src/runtime/container.js';

const image = inject('image');
const store = inject('store');

const PATIENCE_MS = 60_000;

let network: NodeNetwork;
let directory: string;
let container: Container;

beforeAll(async () => {
  network = await createNodeNetwork();
  directory = await mkdtemp(join(tmpdir(), 'proxy-dhcp-lab-'));
  // A DHCP server that knows nothing of pxeboot, on another host.
  const dnsmasq = await network.client.start('dnsmasq', [
    ...['--no-daemon', '--user=root', '--port=0', '--no-ping', '--conf-file=/dev/null'],
    ...['--bind-interfaces', '--except-interface=lo', '--log-facility=-', '--pid-file='],
    ...[`--dhcp-leasefile=${join(directory, 'leases')}`, '--dhcp-range=10.88.0.50,10.88.0.80'],
  ]);
  await dnsmasq.line(/DHCP, IP range/, PATIENCE_MS);
  container = await startContainer(
    {
      args: [...image.config.Entrypoint, ...image.config.Cmd],
      environment: { PXEBOOT_PROXY_DHCP_ENABLED: 'true', PXEBOOT_PROXY_DHCP_INTERFACES: 'eth0' },
      workingDirectory: image.config.WorkingDir,
      uid: 65_532,
      gid: 65_532,
      supplementaryGroups: [],
      capabilities: ['NET_BIND_SERVICE'],
      noNewPrivileges: false,
      seccomp: 'runtime-default',
      mounts: [{ source: store, destination: '/var/lib/pxeboot', readOnly: true }],
      networkNamespace: network.node.path,
    },
    image.rootfs,
  );
  await container.outputMatching(/"serve\.ready"/);
});

afterAll(async () => {
  await container[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

it('has one capability, and is not root', async () => {
  const status = await readFile(`/proc/${await container.processId()}/status`, 'utf8');
  expect(status).toMatch(/^Uid:\s65532\s65532\s65532\s65532$/m);
  expect(status).toMatch(/^CapBnd:\s0000000000000400$/m);
});

it('serves the boot that doctor imitates, from the offer to the kernel', async () => {
  const { stdout, stderr, exitCode } = await network.client.run(
    join(image.rootfs, 'usr/local/bin/node'),
    [
      ...[join(image.rootfs, 'app/dist/main.cjs'), 'doctor', '--as', 'uefi', '--interface', 'eth0'],
      ...['--data-dir', join(directory, 'none')],
    ],
  );
  expect(exitCode, `${stdout}\n${stderr}\n${container.output.join('\n')}`).toBe(0);
  expect(stdout).toContain(
    `OFFER from ${network.nodeAddress}: no address (ProxyDHCP), boot file "bootnetx64.efi"`,
  );
  expect(stdout).toContain(`ACK (port 4011) from ${network.nodeAddress}`);
  expect(stdout).toContain('All good.');
});

it('finds out which DHCP server gives the addresses, with a probe of its own', async () => {
  await container.outputMatching(/"event":"dhcp\.server".*10\.88\.0\.2 \(dnsmasq\)/);
  expect(container.output.join('\n')).not.toContain('dhcp.no-probe');
});
