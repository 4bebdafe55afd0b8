import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  type Boot,
  type DaemonEvent,
  type DaemonUnderTest,
  LAB_NETWORK,
  readDaemonEvent,
  type RunningDaemon,
} from '@pxe/boot-lab';
import { Journal, LabError, type Program } from '@pxe/lab-host';

import {
  CLUSTER_NETWORK,
  type ClusterAccess,
  connectToBridge,
  controlNamespace,
  nodeAddress,
} from '../src/access/cluster-access.js';
import { Kubectl } from '../src/access/kubectl.js';
import { PODS } from './installed-chart.js';
import { BALANCED_ADDRESS } from './load-balancer.js';

/**
 * The pods of release `pxeboot` behind the load balancer, as one daemon of the boot lab. Their logs are followed
 * from outside, and are kept when a pod has ended.
 */
export class FollowedPods implements DaemonUnderTest, AsyncDisposable {
  readonly name = 'pods behind a load balancer';
  readonly #access: ClusterAccess;
  readonly #kubectl: Kubectl;
  readonly #namespace: string;
  readonly #log = new Journal<DaemonEvent>();
  readonly #podOf = new Map<DaemonEvent, string>();
  readonly #followers = new Map<string, Promise<Program>>();
  readonly #end = new AbortController();
  #watching = Promise.resolve();

  constructor(access: ClusterAccess, namespace: string) {
    this.#access = access;
    this.#kubectl = new Kubectl(access);
    this.#namespace = namespace;
  }

  /** Connects the machine's network to the load balancer, and follows the logs of present and later pods. */
  async start({
    namespace: router,
    directory,
  }: Parameters<DaemonUnderTest['start']>[0]): Promise<RunningDaemon> {
    const control = controlNamespace(this.#access);
    const { machineRouterAddress } = CLUSTER_NETWORK;
    await connectToBridge(control, router, { device: 'cluster', address: machineRouterAddress });
    await router.output('sysctl', ['--quiet', '--write', 'net.ipv4.ip_forward=1']);
    await router.ip('route', 'add', BALANCED_ADDRESS, 'via', nodeAddress(1));
    const machines = `${LAB_NETWORK.network}/${LAB_NETWORK.prefixLength}`;
    await control.ip('route', 'replace', machines, 'via', machineRouterAddress);

    const log = join(directory, 'daemon.log');
    await writeFile(log, '');
    this.#watching = this.#watch(log);
    const program = await router.start('tail', ['--lines=+1', '--follow', log]);
    return { program, log: this.#log };
  }

  /** Follows the logs of present and later pods into a file. A busy API server ends watches, so they start again. */
  async #watch(log: string): Promise<void> {
    const columns = 'NAME:.metadata.name,PHASE:.status.phase';
    while (!this.#end.signal.aborted) {
      const watch = await this.#kubectl.start(
        [
          ...['get', 'pods', '--namespace', this.#namespace, '--selector', PODS],
          ...['--watch', '--no-headers', `--output=custom-columns=${columns}`],
        ],
        {
          onLine: (line) => {
            const [pod = '', phase] = line.split(/\s+/);
            if (phase === 'Running' && !this.#followers.has(pod)) {
              this.#followers.set(pod, this.#follow(pod, log));
            }
          },
        },
      );
      const stop = (): void => void watch.stop();
      this.#end.signal.addEventListener('abort', stop);
      await watch.exited;
      this.#end.signal.removeEventListener('abort', stop);
    }
  }

  #follow(pod: string, log: string): Promise<Program> {
    return this.#kubectl.start(['logs', '--follow', '--namespace', this.#namespace, pod], {
      name: pod,
      logFile: log,
      onLine: (line, stream) => {
        if (stream === 'stdout') {
          const event = readDaemonEvent(line);
          this.#podOf.set(event, pod);
          this.#log.append(event);
        }
      },
    });
  }

  /**
   * Returns the pod that has logged the last event that matches.
   *
   * @throws {@link LabError} `ERR_LAB_STAGE` when there is no such event
   */
  podOfLast(matches: (event: DaemonEvent) => boolean): string {
    const event = this.#log.entries.findLast(matches);
    const pod = event === undefined ? undefined : this.#podOf.get(event);
    if (pod === undefined) {
      throw new LabError('ERR_LAB_STAGE', 'no pod has logged it');
    }
    return pod;
  }

  /**
   * Removes a pod.
   *
   * @param how - options of `kubectl delete`
   */
  async remove(pod: string, how: readonly string[]): Promise<void> {
    await this.#kubectl.output(
      ...['delete', 'pod', pod, '--namespace', this.#namespace, '--wait=false', ...how],
    );
  }

  /**
   * Waits until a pod has ended, and so its log.
   *
   * @throws the signal's reason, when it is aborted first
   */
  async ended(pod: string, signal: AbortSignal): Promise<void> {
    const follower = await this.#followers.get(pod);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    await Promise.race([follower?.exited, aborted]);
  }

  /** Ends the following of logs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#watching;
    const followers = await Promise.all(this.#followers.values());
    await Promise.all(followers.map((follower) => follower.stop()));
  }
}

/** Returns a match for the event of a pod that has sent a whole file. */
export function sent(path: RegExp): (event: DaemonEvent) => boolean {
  return (event) =>
    (event.event === 'tftp.transfer' && event.outcome === 'completed' && path.test(event.file)) ||
    (event.event === 'http.request' && event.status === 200 && path.test(event.path));
}

/** Table of nft with the rule of {@link loseRequests}. */
const TABLE = 'ip lost-requests';

/** Makes the network lose the machine's TFTP requests for files whose names start like this; it repeats them. */
export async function loseRequests({ namespace }: Boot, prefix: string): Promise<void> {
  const name = Buffer.from(prefix);
  // Its position in bits: after the UDP header and the operation code.
  const match = `@th,80,${name.length * 8} 0x${name.toString('hex')}`;
  const ruleset = [
    `add table ${TABLE}`,
    `add chain ${TABLE} forward { type filter hook forward priority 0; }`,
    `add rule ${TABLE} forward udp dport 69 ${match} drop`,
  ];
  await namespace.output('nft', [ruleset.join('; ')]);
}

/** Ends {@link loseRequests}. */
export async function passRequests({ namespace }: Boot): Promise<void> {
  await namespace.output('nft', [`delete table ${TABLE}`]);
}
