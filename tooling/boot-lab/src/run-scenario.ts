import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { LabError, type Program } from '@pxe/lab-host';

import { type DaemonEvent } from './daemon/daemon-event.js';
import { DaemonStory } from './daemon/daemon-story.js';
import { type DaemonUnderTest } from './daemon/daemon-under-test.js';
import { productCommand } from './daemon/product-command.js';
import { WatchedDashboard } from './dashboard/watched-dashboard.js';
import { offerInstallation } from './installation/offer-installation.js';
import { createLocalDisk } from './machine/local-disk.js';
import { createMachine } from './machine/machine.js';
import { type Disk } from './machine/qemu-arguments.js';
import { cableArguments } from './network/cable.js';
import { bootLinesOf } from './network/dhcp-configuration.js';
import { type DhcpProxyName, type DhcpServerName, startDhcpServer } from './network/dhcp-server.js';
import { losePackets } from './network/firewall.js';
import { startHiddenIpxe } from './network/hidden-ipxe.js';
import { createLabNetwork, type IpVersion, LAB_NETWORK } from './network/lab-network.js';
import { startPacketCapture } from './network/packet-capture.js';
import { CleanupStack } from './process/cleanup-stack.js';
import { describeFailure } from './report/failure-report.js';
import { type Scenario } from './scenario/scenario.js';
import { type Boot } from './stage/boot.js';
import { runStages } from './stage/run-stages.js';
import { type StageRecord } from './stage/stage.js';
import { changedStore } from './store/changed-store.js';
import { fetchFiles } from './store/fetched-store.js';
import { narrowedStore } from './store/narrowed-store.js';
import { newestSuite, type StoreContent } from './store/store-content.js';

/** Options of a run. */
export interface RunOptions {
  /** Name of the namespace and work directory; see `formatRunName`. */
  readonly runName: string;
  readonly daemon: DaemonUnderTest;
  /** Store with all images. */
  readonly store: string;
  /** Mirror for stores with a single release; undefined for the host's own mirrors. */
  readonly mirror: string | undefined;
  /** Images of that store that the store under test contains. */
  readonly content: StoreContent;
  /** Entry file of the built command-line program, `apps/server/dist/main.cjs`. */
  readonly cli: string;
  /** Delay added to each round trip by the cable, in milliseconds. */
  readonly roundTripMs: number;
  /** Factor for every deadline. */
  readonly patience: number;
  /** Keeps the evidence of a run that passed as well. */
  readonly keep: boolean;
  /** File for the requests of a run that passed, as the boot journal saw them. @default none */
  readonly recording?: string;
  /** Aborted when the lab is interrupted. */
  readonly signal: AbortSignal;
  /** Called after each stage that passed. */
  readonly onPassed: (record: StageRecord) => void;
}

/** Result of a run. */
export interface RunResult {
  readonly passed: boolean;
  /** Failure with the last evidence of each component; several lines. */
  readonly failure?: string;
  /** Directory of logs, capture, serial text and screenshots, if they were kept. */
  readonly evidence?: string;
  /** Failures of the cleanup, one line each. */
  readonly remains: readonly string[];
}

/** File in the work directory of a run that has ended. Without it, the run has crashed. */
export const VERDICT_FILE = 'verdict.txt';

const SETUP_DEADLINE_MS = 30_000;

/** Boots one machine through one scenario, and leaves only the evidence behind. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const directory = join(tmpdir(), options.runName);
  await mkdir(directory);
  const cleanup = new CleanupStack();
  let failure: string | undefined;
  try {
    failure = await boot(scenario, options, directory, cleanup);
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    failure = `setup: ${error.message}`;
  }
  const remains = await cleanup.unwind();
  const result = { passed: failure === undefined, remains, ...(failure && { failure }) };
  // A run that someone stopped proves nothing.
  if ((result.passed || options.signal.aborted) && !options.keep) {
    await rm(directory, { recursive: true });
    return result;
  }
  await writeFile(join(directory, VERDICT_FILE), `${failure ?? 'passed'}\n`);
  return { ...result, evidence: directory };
}

/** Sets everything up and runs the stages. Returns the failure; undefined if there is none. */
async function boot(
  scenario: Scenario,
  options: RunOptions,
  directory: string,
  cleanup: CleanupStack,
): Promise<string | undefined> {
  const faults = new AbortController();
  const signal = AbortSignal.any([options.signal, faults.signal]);
  const watch = (program: Program): void => {
    cleanup.add(program.name, () => program.stop());
    void program.exited.then(({ how, stopped }) => {
      if (stopped) {
        return;
      }
      const lastWords = program.lines.entries.slice(-5).join('\n');
      const message = `${program.name} ended by itself (${how}):\n${lastWords}`;
      faults.abort(new LabError('ERR_LAB_PROGRAM', message));
    });
  };
  const setupSignal = AbortSignal.any([
    signal,
    AbortSignal.timeout(SETUP_DEADLINE_MS * options.patience),
  ]);

  const store = await storeUnderTest(scenario, options, directory);
  const fetched =
    scenario.fetches === undefined
      ? {}
      : await fetchFiles(store, scenario.fetches, { ...options, directory });
  const namespace = await createLabNetwork(options.runName);
  cleanup.add('namespace', async () => {
    await namespace[Symbol.asyncDispose]();
  });
  const capture = await startPacketCapture(namespace, directory, setupSignal);
  watch(capture.program);
  await losePackets(namespace, 'output', scenario.firewall ?? []);
  await losePackets(namespace, 'input', scenario.lostRequests ?? []);
  let disk: Disk | undefined;
  if (scenario.disk !== undefined) {
    disk = { file: await createLocalDisk(scenario.disk, store, directory), bus: 'ide' };
  }
  if (scenario.installs === true) {
    const codename = newestSuite(options.content);
    const offer = await offerInstallation(namespace, { store, codename, directory });
    watch(offer.server);
    disk = { file: offer.disk, bus: 'usb' };
  }
  const log = options.recording === undefined ? {} : { log: { level: 'debug' } };
  const configuration = { dataDir: store, ...log, ...scenario.configuration, ...fetched };
  const daemon = await options.daemon.start({ namespace, directory, configuration });
  watch(daemon.program);
  let filters: readonly string[] = [];
  if (scenario.hidesIpxe === true) {
    const hidden = await startHiddenIpxe(directory);
    cleanup.add('sockets of the cable', async () => {
      await hidden[Symbol.asyncDispose]();
    });
    filters = hidden.args;
  }
  const cable = cableArguments(options.roundTripMs, filters);
  const { firmware, reboots = false } = scenario;
  const parts = { firmware, cable, reboots, ...(disk !== undefined && { disk }) };
  const machine = await createMachine(namespace, parts, directory);
  cleanup.add('machine', () => machine.powerOff());
  watch(machine.program);
  // The interface is up only now, and Kea opens its sockets only once, when it starts.
  const { dhcpServer = 'dnsmasq', ipVersion = 4 } = scenario;
  const dhcp = await startDhcpServer(
    namespace,
    dhcpServer,
    { bootLines: await bootLines(scenario, store, options.cli), ipVersion, directory },
    setupSignal,
  );
  watch(dhcp.program);
  const dhcpProxy =
    scenario.dhcpProxy === undefined
      ? undefined
      : await startDhcpServer(
          namespace,
          scenario.dhcpProxy,
          {
            bootLines: await printedLines(scenario.dhcpProxy, ipVersion, store, options.cli),
            ...{ ipVersion, directory },
          },
          setupSignal,
        );
  if (dhcpProxy !== undefined) {
    watch(dhcpProxy.program);
  }

  const dashboard = new WatchedDashboard(namespace, directory);
  cleanup.add('dashboard', () => dashboard.close());

  const story = new DaemonStory(daemon.log);
  const bootUnderWay: Boot = {
    ...{ namespace, daemon, story, dhcp, ipVersion, capture, machine },
    pxeboot: (...args) => productCommand(options.cli, ...args, '--data-dir', store),
    ...(dhcpProxy !== undefined && { dhcpProxy }),
    ...(scenario.watchesDashboard === true && { dashboard }),
    ...(scenario.installs === true && disk !== undefined && { installedDisk: disk.file }),
  };
  const outcome = await runStages(scenario.stages(options.content), bootUnderWay, {
    ...options,
    signal,
  });
  if (!outcome.passed) {
    return describeFailure(outcome, bootUnderWay);
  }
  if (options.recording !== undefined) {
    await writeRecording(options.recording, daemon.log.entries);
  }
  return undefined;
}

/** Returns the store for the scenario. */
async function storeUnderTest(
  { storeChange, fetches }: Scenario,
  { store, mirror, content, cli, runName }: RunOptions,
  directory: string,
): Promise<string> {
  const narrowing = { cli, mirror, owner: runName };
  // If the scenario fetches files, its sync keeps only the wanted images, so the store need not be narrowed
  // here.
  const isWhole = content === 'all' || fetches !== undefined;
  const wanted = isWhole ? store : await narrowedStore(store, content, narrowing);
  return storeChange === undefined ? wanted : changedStore(wanted, storeChange, directory);
}

/** Returns the part of the DHCP server's configuration that tells the machine what to boot. */
async function bootLines(
  { dhcp, dhcpServer = 'dnsmasq', ipVersion = 4 }: Scenario,
  store: string,
  cli: string,
): Promise<string> {
  if (dhcp === 'addressOnly') {
    return '';
  }
  if (dhcp !== 'product') {
    return bootLinesOf(dhcp);
  }
  return printedLines(dhcpServer, ipVersion, store, cli);
}

/** Returns the lines that `pxeboot dhcp` prints. */
async function printedLines(
  server: DhcpServerName | DhcpProxyName,
  ipVersion: IpVersion,
  store: string,
  cli: string,
): Promise<string> {
  const { serverAddress, serverIpv6Address } = LAB_NETWORK;
  const address = ipVersion === 4 ? serverAddress : serverIpv6Address;
  return productCommand(cli, 'dhcp', server, '--address', address, '--data-dir', store);
}

/** Writes the requests of a run as JSON, one per line, for a test of the server to replay. */
async function writeRecording(file: string, log: readonly DaemonEvent[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const lines = log.flatMap((event) =>
    event.event === 'boot.sighting' ? [`${JSON.stringify(event.sighting)}\n`] : [],
  );
  await writeFile(file, lines.join(''));
}
