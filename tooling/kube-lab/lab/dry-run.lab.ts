// Each case of the chart, as the API server sees it: defaults, validation and admission, without storing anything.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { type apps, type v1 } from 'kubernetes-models';
import { beforeAll, describe, expect, inject, it } from 'vitest';

import { type Manifest, parseManifests } from '@pxe/helm';

import { HelmClient } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { helmBinary } from './installed-chart.js';

const cluster = inject('cluster');
const chart = inject('chart');
const kubectl = new Kubectl(cluster);

const NAMESPACE = 'dry-run';

/**
 * Values that a case needs in addition, since this Kubernetes lacks an API: such objects are checked by their types
 * only, in `apps/chart/test/kubernetes-types.test.ts`.
 */
const WITHOUT_NEWER_APIS: Readonly<
  Record<string, { readonly values: readonly string[]; readonly refused: RegExp }>
> = {
  'daemon-set': {
    values: ['podDisruptionBudget.enabled=false'],
    refused: /no matches for kind "PodDisruptionBudget"/,
  },
  'every-knob': {
    values: ['podDisruptionBudget.enabled=false'],
    refused: /no matches for kind "PodDisruptionBudget"/,
  },
  'load-balancer-newer': {
    values: ['network.service.loadBalancerClass='],
    refused: /loadBalancerClass/,
  },
};

const CASES = readdirSync(join(chart, 'ci')).map((file) => {
  const name = basename(file, '-values.yaml');
  const values = WITHOUT_NEWER_APIS[name]?.values ?? [];
  const overrides = values.flatMap((value) => ['--set', value]);
  return { name, args: ['--values', join(chart, 'ci', file), ...overrides] };
});

beforeAll(async () => {
  await kubectl.output('create', 'namespace', NAMESPACE);
  await kubectl.apply(
    customResource('PodMonitor', 'podmonitors'),
    customResource('PrometheusRule', 'prometheusrules'),
  );
  await kubectl.output(
    ...['wait', '--for=condition=Established', '--timeout=120s'],
    ...['crd/podmonitors.monitoring.coreos.com', 'crd/prometheusrules.monitoring.coreos.com'],
  );
});

describe.concurrent.each([3, 4] as const)('helm %i', (major) => {
  const client = new HelmClient(cluster, helmBinary(major));

  it.each(CASES)('installs the case $name, in a dry run', async ({ args }) => {
    await client.output(
      ...['install', 'pxeboot', chart, '--namespace', NAMESPACE, '--dry-run=server', ...args],
    );
  });

  it.each(CASES)('renders objects that the API server accepts: $name', async ({ args }) => {
    const rendered = await client.output(
      ...['template', 'pxeboot', chart, '--namespace', NAMESPACE, ...args],
    );
    const manifests = parseManifests(rendered);
    expect(manifests.length).toBeGreaterThanOrEqual(4);
    expect(await refusal([...manifests, ...podsOf(manifests)].map(withDefaultAccount))).toBe('');
  });
});

describe('the check itself', () => {
  it.each(Object.entries(WITHOUT_NEWER_APIS))(
    'fails for the case %s as it is, which needs a newer API',
    async (name, { refused }) => {
      const values = join(chart, 'ci', `${name}-values.yaml`);
      const manifests = await helmBinary(4).render(chart, { valueFiles: [values] });
      expect(await refusal(manifests)).toMatch(refused);
    },
  );

  it('fails for an unknown field, a wrong type and an invalid name', async () => {
    const service = (metadata: object, spec: object) => ({
      ...{ apiVersion: 'v1', kind: 'Service' },
      ...{ metadata: { namespace: NAMESPACE, ...metadata }, spec },
    });
    const ports = [{ port: 69 }];
    expect(await refusal([service({ name: 'a' }, { ports })])).toBe('');
    expect(await refusal([service({ name: 'a' }, { ports, portz: 1 })])).toMatch(/portz/);
    expect(await refusal([service({ name: 'a' }, { ports: [{ port: '69' }] })])).toMatch(/port/);
    expect(await refusal([service({ name: 'A_' }, { ports })])).toMatch(/A_/);
  });
});

/** Returns why the API server refuses objects; an empty text if it accepts all. */
async function refusal(objects: readonly object[]): Promise<string> {
  const { exitCode, stderr } = await kubectl.tryWith(
    objects,
    ...['create', '--dry-run=server', '--validate=strict', '--output=name'],
  );
  return exitCode === 0 ? '' : stderr;
}

/** Returns a pod for the template of each workload: the API server checks templates less strictly than pods. */
function podsOf(manifests: readonly Manifest[]): Manifest[] {
  return manifests
    .filter((manifest): manifest is Manifest & (apps.v1.IDaemonSet | apps.v1.IDeployment) =>
      ['DaemonSet', 'Deployment'].includes(manifest.kind),
    )
    .map(({ metadata: { name }, spec }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE },
      spec: spec?.template.spec,
    }));
}

/** Replaces the service account of a pod, which a dry run has not created. */
function withDefaultAccount(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Pod') {
    return manifest;
  }
  const { spec } = manifest as Manifest & v1.IPod;
  return { ...manifest, ...{ spec: { ...spec, serviceAccountName: 'default' } } };
}

/** Returns the definition of a resource of Prometheus Operator, without its fields. */
function customResource(kind: string, plural: string): object {
  const group = 'monitoring.coreos.com';
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
