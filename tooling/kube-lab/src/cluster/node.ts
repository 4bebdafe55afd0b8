import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import {
  childOf,
  eventually,
  expectFile,
  LabError,
  type Program,
  runCommand,
  startProgram,
  tryCommand,
} from '@pxe/lab-host';

import {
  CLUSTER_NETWORK,
  type ClusterAccess,
  kubeconfigOf,
  nodeAddress,
  podSubnet,
  programEnvironment,
} from '../access/cluster-access.js';
import { type Kubectl, kubectlOptions } from '../access/kubectl.js';
import { PAUSE_IMAGE } from '../programs/pause-image.js';

/** File in the cluster's directory that is the first process of a node. */
export const NODE_SCRIPT = 'start-node.sh';

/** Directory with the network plugins of Debian's package. */
const NETWORK_PLUGINS = '/usr/lib/cni';

/** Name of the lab's own network plugin. */
const ATTACH_NETWORKS = 'attach-networks';

/** Built programs of the lab. */
const PROGRAMS = resolve(import.meta.dirname, '../../dist');

/** Time limit for each step of a start, in milliseconds; long, since the host may be busy. */
const START_TIMEOUT_MS = 180_000;

const CONTAINERD_CONFIGURATION = `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Containers of labs may not have the right to lower their score.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/run/cni/bin"
    conf_dir = "/run/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;

/** Options for starting a node. */
export interface NodeOptions {
  readonly name: string;
  /** Determines the node's addresses: see {@link nodeAddress}. */
  readonly number: number;
  /** Path of the network namespace, which has the node's address. */
  readonly network: string;
  /** Image store that the node's own `/var/lib/pxeboot` starts with. */
  readonly store: string;
}

/**
 * A node: containerd, kubelet and kube-proxy with processes, mounts and directories of their own. Disposing of it
 * ends everything on it at once, as a power cut does.
 */
export interface ClusterNode extends AsyncDisposable {
  readonly name: string;
}

/**
 * Starts a node, whose control group exists; resolves when the node is ready.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` or `ERR_LAB_DEADLINE`
 */
export async function startNode(
  access: ClusterAccess,
  kubectl: Kubectl,
  { name, number, network, store }: NodeOptions,
): Promise<ClusterNode> {
  const directory = join(access.directory, name);
  await mkdir(join(directory, 'run/cni/net.d'), { recursive: true });
  await mkdir(join(directory, 'log'));
  await writeFile(join(directory, 'run/containerd.toml'), CONTAINERD_CONFIGURATION);
  await writeFile(
    join(directory, 'run/kubelet.json'),
    JSON.stringify(kubeletConfiguration(access, name, number)),
  );
  await writeFile(
    join(directory, 'run/resolv.conf'),
    `nameserver ${CLUSTER_NETWORK.controlAddress}\n`,
  );
  await writeFile(
    join(directory, 'run/cni/net.d/pods.conflist'),
    JSON.stringify(networkConfiguration(access, number)),
  );
  await offerNetworkPlugins(join(directory, 'run/cni/bin'));
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDR: podSubnet(number), podCIDRs: [podSubnet(number)] },
    // The kubelet expects a Node that was created before it joins to list at least one resource.
    status: { capacity: { pods: '110' }, allocatable: { pods: '110' } },
  });

  const init = await startProgram('nsenter', [
    `--net=${network}`,
    ...['unshare', '--mount', '--propagation=private', '--pid', '--fork', '--kill-child'],
    '--mount-proc',
    ...['sh', join(access.directory, NODE_SCRIPT), directory, store, access.programs.pause],
  ]);
  const node = {
    name,
    async [Symbol.asyncDispose]() {
      await init.stop('SIGKILL');
    },
  };
  try {
    await init.line(/^ready$/, START_TIMEOUT_MS);
    const inside = [`--target=${await childOf(init.pid)}`, '--mount', '--net', '--pid', '--'];
    await startPrograms(access, inside, name, number, init);
    await kubectl.output(
      ...['wait', 'node', name, '--for=condition=Ready'],
      `--timeout=${START_TIMEOUT_MS / 1000}s`,
    );
  } catch (error) {
    await node[Symbol.asyncDispose]();
    throw error;
  }
  return node;
}

/**
 * Starts the programs of a node.
 *
 * @param inside - arguments of nsenter that enter the node
 */
async function startPrograms(
  access: ClusterAccess,
  inside: readonly string[],
  name: string,
  number: number,
  init: Program,
): Promise<void> {
  const env = programEnvironment(access);
  const start = (program: string, args: readonly string[]): Promise<Program> =>
    startProgram('nsenter', [...inside, program, ...args], {
      name: `${program} of ${name}`,
      env,
      logFile: join(access.directory, name, 'log', `${program}.log`),
    });
  const containerd = await start('containerd', ['--config', '/run/containerd.toml']);
  await eventually(`containerd of ${name} answers`, START_TIMEOUT_MS, async () => {
    const { exitCode } = await tryCommand('nsenter', [...inside, 'ctr', 'version'], { env });
    if (exitCode !== 0 && !(await isRunning(containerd, init))) {
      const log = containerd.lines.entries.slice(-5).join('\n');
      throw new LabError('ERR_LAB_PROGRAM', `containerd of ${name} ended:\n${log}`);
    }
    return exitCode === 0 ? true : undefined;
  });
  for (const archive of access.images) {
    const args = ['ctr', '--namespace=k8s.io', 'images', 'import', archive];
    await runCommand('nsenter', [...inside, ...args], { env });
  }
  const address = nodeAddress(number);
  const kubeconfig = kubeconfigOf(access);
  await start('kubelet', [
    '--config=/run/kubelet.json',
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${name}`,
    `--node-ip=${address}`,
    '--container-runtime=remote',
    '--container-runtime-endpoint=unix:///run/containerd/containerd.sock',
    // Empty, since both programs run in the control group of the lab.
    '--runtime-cgroups=',
    '--kubelet-cgroups=',
    '--volume-plugin-dir=/var/lib/kubelet/volume-plugins',
    '--seccomp-profile-root=/var/lib/kubelet/seccomp',
  ]);
  await start('kube-proxy', [
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${name}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${CLUSTER_NETWORK.pods}`,
    `--healthz-bind-address=${address}:10256`,
    `--metrics-bind-address=${address}:10249`,
    // The size of the kernel's connection table belongs to the host.
    '--conntrack-max-per-core=0',
    '--feature-gates=EndpointSliceTerminatingCondition=true',
  ]);
}

/** Returns false if one of the programs has ended. */
async function isRunning(...programs: readonly Program[]): Promise<boolean> {
  const ended = programs.map(({ exited }) => exited.then(() => false));
  return Promise.race([...ended, Promise.resolve(true)]);
}

function kubeletConfiguration(
  { name: cluster }: ClusterAccess,
  node: string,
  number: number,
): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress(number),
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cluster}/${node}`,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    clusterDNS: [CLUSTER_NETWORK.controlAddress],
    clusterDomain: CLUSTER_NETWORK.domain,
    resolvConf: '/run/resolv.conf',
    // However full the host's disk is, the kubelet must not remove images or evict pods.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi' },
    healthzPort: 0,
    readOnlyPort: 0,
    nodeStatusUpdateFrequency: '5s',
  };
}

/** Fills the directory in which containerd finds network plugins. */
async function offerNetworkPlugins(directory: string): Promise<void> {
  await mkdir(directory);
  for (const plugin of await readdir(NETWORK_PLUGINS)) {
    await symlink(join(NETWORK_PLUGINS, plugin), join(directory, plugin));
  }
  const program = join(PROGRAMS, `${ATTACH_NETWORKS}.js`);
  await expectFile(program, 'build it with `npm run build`');
  const script = `#!/bin/sh\nexec '${process.execPath}' '${program}'\n`;
  await writeFile(join(directory, ATTACH_NETWORKS), script, { mode: 0o755 });
}

/** Returns the configuration of the network of pods. */
function networkConfiguration(access: ClusterAccess, number: number): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podSubnet(number) }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: ATTACH_NETWORKS, kubectl: [access.kubectl, ...kubectlOptions(access)] },
    ],
  };
}
