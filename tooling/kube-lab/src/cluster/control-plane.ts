import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually, type Namespace, runCommand } from '@pxe/lab-host';

import {
  CLUSTER_NETWORK,
  type ClusterAccess,
  kubeconfigOf,
  programEnvironment,
} from '../access/cluster-access.js';
import { type Kubectl } from '../access/kubectl.js';

/** Time limit for the API server to answer, in milliseconds; long, since the host may be busy. */
const START_TIMEOUT_MS = 180_000;

/** Token of the administrator; it protects nothing, since the network is isolated. */
const TOKEN = 'administrator';

/**
 * Starts etcd, the API server, the controllers and the scheduler, which end with their namespace; resolves when
 * the API server answers.
 */
export async function startControlPlane(
  access: ClusterAccess,
  control: Namespace,
  kubectl: Kubectl,
): Promise<void> {
  const directory = join(access.directory, 'control');
  await mkdir(directory);
  const { controlAddress, apiServiceAddress, services, pods } = CLUSTER_NETWORK;
  const certificate = join(directory, 'api.crt');
  const key = join(directory, 'api.key');
  await runCommand('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', '/CN=kube-apiserver', '-keyout', key, '-out', certificate],
    ...['-addext', `subjectAltName=IP:${controlAddress},IP:${apiServiceAddress},IP:127.0.0.1`],
  ]);
  const accountKey = join(directory, 'accounts.key');
  await runCommand('openssl', ['genrsa', '-out', accountKey, '2048']);
  const tokens = join(directory, 'tokens.csv');
  await writeFile(tokens, `${TOKEN},administrator,administrator,"system:masters"\n`);
  const kubeconfig = kubeconfigOf(access);
  await writeFile(kubeconfig, JSON.stringify(kubeconfigWith(certificate)));

  const start = async (program: string, options: Readonly<Record<string, string>>) => {
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    await control.start(program, args, {
      env: programEnvironment(access),
      logFile: join(directory, `${program}.log`),
    });
  };
  const etcd = 'http://127.0.0.1:2379';
  await start('etcd', {
    'data-dir': join(directory, 'etcd'),
    'listen-client-urls': etcd,
    'advertise-client-urls': etcd,
    'listen-peer-urls': 'http://127.0.0.1:2380',
    // The data is not needed after a crash.
    'unsafe-no-fsync': 'true',
  });
  const featureGates = 'EndpointSliceTerminatingCondition=true';
  await start('kube-apiserver', {
    'etcd-servers': etcd,
    'secure-port': '6443',
    'insecure-port': '0',
    'advertise-address': controlAddress,
    'tls-cert-file': certificate,
    'tls-private-key-file': key,
    'token-auth-file': tokens,
    'authorization-mode': 'AlwaysAllow',
    'allow-privileged': 'true',
    'service-cluster-ip-range': services,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-signing-key-file': accountKey,
    'service-account-key-file': accountKey,
    'kubelet-preferred-address-types': 'InternalIP',
    // Both protocols in one LoadBalancer, which later versions allow by default.
    'feature-gates': `MixedProtocolLBService=true,${featureGates}`,
  });
  await eventually('the API server is ready', START_TIMEOUT_MS, async () => {
    const { exitCode } = await kubectl.try('get', '--raw', '/readyz');
    return exitCode === 0 ? true : undefined;
  });
  await start('kube-controller-manager', {
    kubeconfig,
    'service-account-private-key-file': accountKey,
    'root-ca-file': certificate,
    'cluster-cidr': pods,
    'node-monitor-grace-period': '60s',
    'feature-gates': featureGates,
    port: '0',
    'leader-elect': 'false',
  });
  await start('kube-scheduler', { kubeconfig, port: '0', 'leader-elect': 'false' });
  // Pods are refused until the controllers have created this account.
  await eventually('the default service account exists', START_TIMEOUT_MS, async () => {
    const { exitCode } = await kubectl.try('get', 'serviceaccount', 'default');
    return exitCode === 0 ? true : undefined;
  });
}

function kubeconfigWith(certificate: string): object {
  const name = 'kube-lab';
  const server = `https://${CLUSTER_NETWORK.controlAddress}:6443`;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name, user: { token: TOKEN } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}
