// A PC boots from three pods behind a load balancer, while those that serve it are killed or stopped between files.
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest';

import {
  addressed,
  biosVirtio,
  captureFinished,
  entryChosen,
  filesReceived,
  httpDownload,
  IMAGE_DEADLINE_MS,
  installerDialog,
  kernelOnSerial,
  menuShown,
  runLab,
  type Scenario,
  type Stage,
  syslinuxDialect,
  tftpTransfer,
} from '@pxe/boot-lab';
import { type ServedFiles, servedFiles } from '@pxe/container-lab/served-files';
import { LabError } from '@pxe/lab-host';

import { HelmClient } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { type Database, startDatabase } from './database.js';
import { FollowedPods, loseRequests, passRequests, sent } from './followed-pods.js';
import { helmBinary } from './installed-chart.js';
import { balance, BALANCED_ADDRESS } from './load-balancer.js';
import { createNamespace, PATIENCE, readyPods, removeNamespace, threePods } from './three-pods.js';

const cluster = inject('cluster');
const store = inject('store');
const kubectl = new Kubectl(cluster);
const helm = new HelmClient(cluster, helmBinary(4));

const NAMESPACE = 'killed-pods';

/** Options of `kubectl delete` that do not give a pod time to finish what it does. */
const KILL = ['--grace-period=0', '--force'];

/** Time limit for a pod to end, in milliseconds: the grace period of the chart, and time to report the end. */
const END_DEADLINE_MS = 90_000;

/** Time limit for a boot, in milliseconds: it takes five minutes on an idle host. */
const BOOT_TIMEOUT_MS = 1_800_000;

let database: Database;
let files: ServedFiles;
let pods: FollowedPods;

beforeAll(async () => {
  files = await servedFiles(store);
  database = await startDatabase(cluster);
  await createNamespace(kubectl, NAMESPACE, database);
  const values = {
    // One pod serves all files of a machine over the same protocol.
    network: {
      mode: 'service',
      service: {
        address: BALANCED_ADDRESS,
        externalTrafficPolicy: 'Cluster',
        sessionAffinity: 'ClientIP',
      },
    },
    // A pod is killed while the menu is shown.
    config: { kernelArgs: 'console=ttyS0,115200', menu: { timeout: 300 } },
  };
  const release = threePods(NAMESPACE, inject('chart'), inject('image'), values);
  // Helm waits for the address.
  await Promise.all([helm.deploy('install', release), balance(cluster, kubectl, NAMESPACE)]);
});

afterAll(async () => {
  await removeNamespace(kubectl, helm, NAMESPACE);
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await readyPods(kubectl, NAMESPACE, 3);
  pods = new FollowedPods(cluster, NAMESPACE);
});

afterEach(async () => {
  await pods[Symbol.asyncDispose]();
});

/** Returns a stage that makes the network lose TFTP requests for files whose names start like this. */
function requestsLost(prefix: string): Stage {
  return {
    name: 'requests lost',
    deadlineMs: 10_000,
    async run(boot) {
      await loseRequests(boot, prefix);
      return `for ${prefix}`;
    },
  };
}

/** Returns a stage that ends {@link requestsLost}, and fails if a pod has seen such a request. */
function requestsPass(prefix: string): Stage {
  return {
    name: 'requests pass',
    deadlineMs: 10_000,
    async run(boot) {
      const early = boot.daemon.log.entries.find(
        (event) =>
          (event.event === 'tftp.transfer' || event.event === 'tftp.refused') &&
          event.file.startsWith(prefix),
      );
      if (early !== undefined) {
        throw new LabError('ERR_LAB_STAGE', `not lost: ${JSON.stringify(early)}`);
      }
      await passRequests(boot);
      return `for ${prefix}`;
    },
  };
}

/** Returns a stage that removes the pod that has sent a file. */
function podRemoved(file: RegExp, how: readonly string[]): Stage {
  return {
    name: 'pod removed',
    deadlineMs: 30_000,
    async run() {
      const pod = pods.podOfLast(sent(file));
      await pods.remove(pod, how);
      return `${pod}, which has sent ${file.source}`;
    },
  };
}

/** Returns a stage that waits until the pod that has sent a file has ended. */
function podEnded(file: RegExp): Stage {
  return {
    name: 'pod ended',
    deadlineMs: END_DEADLINE_MS,
    async run(_, signal) {
      const pod = pods.podOfLast(sent(file));
      await pods.ended(pod, signal);
      return pod;
    },
  };
}

const loaderSent = tftpTransfer('loader', '/lpxelinux.0');
const modulesSent = tftpTransfer('modules', '/ldlinux.c32');

/** Returns the stages from the menu file to the first screen. */
function menuLoaded(): readonly Stage[] {
  return [tftpTransfer('config', /^\/pxelinux\.cfg\//), menuShown(syslinuxDialect)];
}

/** Returns the stages from the keys to the kernel. */
function kernelLoaded(): readonly Stage[] {
  const [, suite = '', , arch = '', variant = ''] = files.kernel.path.split('/');
  return [
    entryChosen(syslinuxDialect, `${suite}-${arch}-${variant}-install`),
    httpDownload('kernel file', `/${files.kernel.path}`, IMAGE_DEADLINE_MS),
  ];
}

const initrdLoaded = (): Stage =>
  httpDownload('initrd file', `/${files.initrd.path}`, IMAGE_DEADLINE_MS);

/** Returns the stages from the kernel's start to the installer, and the check of what the machine has received. */
function installerStarted(): readonly Stage[] {
  return [
    kernelOnSerial(),
    installerDialog(),
    captureFinished(),
    filesReceived([files.loader, files.kernel, files.initrd]),
  ];
}

/** Boots a PC, and expects it to reach the installer, and its loader, menu, kernel and initrd to be recorded. */
async function expectBoot(
  { name, summary }: Pick<Scenario, 'name' | 'summary'>,
  stages: readonly Stage[],
  signal: AbortSignal,
): Promise<void> {
  const scenario: Scenario = {
    ...{ name, summary },
    firmware: biosVirtio,
    dhcp: { bootFile: 'lpxelinux.0', server: BALANCED_ADDRESS },
    configuration: {},
    stores: ['all'],
    stages: () => stages,
  };
  const startedAt = Date.now();
  const failed = await runLab(
    {
      runs: [{ scenario, content: 'all' }],
      ...{ repeat: 1, jobs: 1, store, mirror: undefined, roundTripMs: 0, keep: false },
      cli: join(inject('root'), 'apps/server/dist/main.cjs'),
      daemon: pods,
      // Boots are slow while other pods start.
      patience: 4,
      record: undefined,
    },
    signal,
  );
  expect(failed).toBe(0);
  // With this policy, pods see the address of a node, which depends on the node that they run on: a boot is recorded in
  // parts, and only all parts together show what the machine has loaded. A part may continue an earlier boot from its
  // address, whose menu was left.
  const loaded = `select distinct stage->>'name'
    from boots, jsonb_array_elements(boot::jsonb->'stages') stage
    where (stage->>'endedAt')::numeric >= ${startedAt} and stage->>'result' = 'delivered' order by 1`;
  await vi.waitFor(async () => {
    const stages = (await database.query(loaded)).split('\n');
    // A pod that was killed may not have recorded what it sent within the last second before, such as ldlinux.c32.
    expect(stages).toEqual(expect.arrayContaining(['loader', 'menu', 'kernel', 'initrd']));
  }, PATIENCE);
}

it(
  'boots, although pods are killed after ldlinux.c32 and at the menu',
  { timeout: BOOT_TIMEOUT_MS },
  async ({ signal }) => {
    const name = 'killed-pods';
    const summary = 'BIOS, the pods that serve the machine are killed between its files';
    const configuration = 'pxelinux.cfg/';
    await expectBoot(
      { name, summary },
      [
        requestsLost(configuration),
        ...addressed(),
        loaderSent,
        modulesSent,
        podRemoved(/ldlinux\.c32$/, KILL),
        podEnded(/ldlinux\.c32$/),
        requestsPass(configuration),
        ...menuLoaded(),
        podRemoved(/pxelinux\.cfg\//, KILL),
        podEnded(/pxelinux\.cfg\//),
        ...kernelLoaded(),
        initrdLoaded(),
        ...installerStarted(),
      ],
      signal,
    );
  },
);

it(
  'boots, although pods are stopped after the loader and after the kernel',
  { timeout: BOOT_TIMEOUT_MS },
  async ({ signal }) => {
    const name = 'stopped-pods';
    const summary = 'BIOS, the pods that serve the machine are stopped between its files';
    const modules = 'ldlinux.c32';
    await expectBoot(
      { name, summary },
      [
        requestsLost(modules),
        ...addressed(),
        loaderSent,
        podRemoved(/lpxelinux\.0$/, []),
        podEnded(/lpxelinux\.0$/),
        requestsPass(modules),
        modulesSent,
        ...menuLoaded(),
        ...kernelLoaded(),
        // The same pod may have begun to send the initrd, and finishes that.
        podRemoved(/\/linux$/, []),
        initrdLoaded(),
        podEnded(/\/linux$/),
        ...installerStarted(),
      ],
      signal,
    );
  },
);
