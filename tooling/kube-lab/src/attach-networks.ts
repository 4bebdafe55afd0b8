// Network plugin that does what Multus does for the annotation of a pod: gives the pod an interface in each network
// that `k8s.v1.cni.cncf.io/networks` names, with the plugin in the NetworkAttachmentDefinition. It is the last plugin
// of the nodes' list, and only understands the annotation in its JSON form.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Part of the configuration that the container runtime writes to standard input. */
interface PluginInput {
  readonly cniVersion: string;
  /** Command with its options. */
  readonly kubectl: readonly [string, ...string[]];
  /** Result of the plugins before this one. */
  readonly prevResult?: object;
}

/** A network in the annotation. */
interface NetworkSelection {
  readonly name: string;
  readonly namespace?: string;
  readonly interface?: string;
  readonly ips?: readonly string[];
  readonly mac?: string;
}

/** Part of the configuration in a NetworkAttachmentDefinition. */
interface AttachedPlugin {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
}

const ANNOTATION = 'k8s.v1.cni.cncf.io/networks';
const DEFINITIONS = 'network-attachment-definitions.k8s.cni.cncf.io';

function main(): void {
  const command = process.env['CNI_COMMAND'];
  if (command === 'VERSION') {
    console.log(JSON.stringify({ cniVersion: '0.4.0', supportedVersions: ['0.3.1', '0.4.0'] }));
    return;
  }
  // The interfaces disappear with the pod's network namespace.
  if (command !== 'ADD') {
    return;
  }
  const input = JSON.parse(readFileSync(0, 'utf8')) as PluginInput;
  const names = Object.fromEntries(
    (process.env['CNI_ARGS'] ?? '').split(';').map((pair) => pair.split('=') as [string, string]),
  );
  const namespace = names['K8S_POD_NAMESPACE'] ?? '';
  const pod = read(input, 'pod', namespace, names['K8S_POD_NAME'] ?? '') as {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  };
  const annotation = pod.metadata.annotations?.[ANNOTATION] ?? '[]';
  const networks = JSON.parse(annotation) as readonly NetworkSelection[];
  for (const [index, network] of networks.entries()) {
    attach(input, namespace, network, network.interface ?? `net${index + 1}`);
  }
  console.log(JSON.stringify({ cniVersion: input.cniVersion, ...input.prevResult }));
}

/** Adds an interface to the pod. */
function attach(
  input: PluginInput,
  podNamespace: string,
  network: NetworkSelection,
  interfaceName: string,
): void {
  const { name, namespace = podNamespace, ips, mac } = network;
  const definition = read(input, DEFINITIONS, namespace, name) as {
    readonly spec: { readonly config: string };
  };
  const plugin = JSON.parse(definition.spec.config) as AttachedPlugin;
  const wanted = { ips, mac };
  const offered = Object.entries(wanted).filter(
    ([capability, value]) => value !== undefined && plugin.capabilities?.[capability] === true,
  );
  const configuration = { name, ...plugin, runtimeConfig: Object.fromEntries(offered) };
  execFileSync(join(process.env['CNI_PATH'] ?? '', plugin.type), {
    env: { ...process.env, CNI_IFNAME: interfaceName },
    input: JSON.stringify(configuration),
  });
}

/** Reads an object of the cluster. */
function read({ kubectl }: PluginInput, kind: string, namespace: string, name: string): unknown {
  const [program, ...options] = kubectl;
  const args = ['get', kind, name, '--namespace', namespace, '--output', 'json'];
  return JSON.parse(execFileSync(program, [...options, ...args], { encoding: 'utf8' }));
}

try {
  main();
} catch (error) {
  // The runtime reports an error in this form as the reason why the pod does not start.
  const { stdout, stderr, message } = error as Error & { stdout?: unknown; stderr?: unknown };
  const details = [message, stdout, stderr].map(String).join('\n');
  console.log(JSON.stringify({ cniVersion: '0.4.0', code: 100, msg: details }));
  process.exitCode = 1;
}
