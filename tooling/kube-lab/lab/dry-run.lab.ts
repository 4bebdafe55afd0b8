// Each case of the chart, as the API server sees it: defaults, validation and admission, without storing anything.
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { type apps, type v1 } from 'kubernetes-models';
import { beforeAll, describe, expect, inject, it } from 'vitest';

import { type Manifest, parseManifests } from '@pxe/helm';

import { HelmClient } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { customResource } from './custom-resource.js';
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
  Record<string, { readonly values: readonly string[]; readonly refused: string }>
> = {
  'daemon-set': {
    values: ['podDisruptionBudget.enabled=false'],
    refused: 'no matches for kind "PodDisruptionBudget"',
  },
  'every-knob': {
    values: ['podDisruptionBudget.enabled=false'],
    refused: 'no matches for kind "PodDisruptionBudget"',
  },
  'load-balancer-newer': {
    values: ['network.service.loadBalancerClass='],
    refused: 'loadBalancerClass',
  },
};

/** Part of the output of `helm install --output json`. */
interface HelmRelease {
  readonly manifest: string;
  readonly hooks: readonly { readonly manifest: string }[];
}

const CASES = readdirSync(join(chart, 'ci')).map((file) => {
  const name = basename(file, '-values.yaml');
  const values = WITHOUT_NEWER_APIS[name]?.values ?? [];
  const overrides = values.flatMap((value) => ['--set', value]);
  return { name, args: ['--values', join(chart, 'ci', file), ...overrides] };
});

beforeAll(async () => {
  await kubectl.output('create', 'namespace', NAMESPACE);
  const group = 'monitoring.coreos.com';
  await kubectl.apply(
    customResource({ group, kind: 'PodMonitor', plural: 'podmonitors' }),
    customResource({ group, kind: 'PrometheusRule', plural: 'prometheusrules' }),
  );
  await kubectl.output(
    ...['wait', '--for=condition=Established', '--timeout=120s'],
    ...['crd/podmonitors.monitoring.coreos.com', 'crd/prometheusrules.monitoring.coreos.com'],
  );
});

describe.concurrent.each([3, 4] as const)('helm %i', (major) => {
  const client = new HelmClient(cluster, helmBinary(major));

  it('installs every case in a dry run, with objects that the API server accepts', async () => {
    const cases: Record<string, readonly Manifest[]> = {};
    for (const { name, args } of CASES) {
      const output = await client.output(
        ...['install', 'pxeboot', chart, '--namespace', NAMESPACE, '--dry-run=server'],
        ...['--output=json', ...args],
      );
      const { manifest, hooks } = JSON.parse(output) as HelmRelease;
      const rendered = [manifest, ...hooks.map((hook) => hook.manifest)].flatMap(parseManifests);
      expect(rendered.length, name).toBeGreaterThanOrEqual(4);
      cases[name] = [...rendered, ...podsOf(rendered)].map(withDefaultAccount);
    }
    expect(Object.keys(cases).length).toBeGreaterThanOrEqual(15);
    expect(await refusals(cases)).toBe('');
  });
});

describe('the check itself', () => {
  it('fails for unmodified cases that need a newer API', async () => {
    const cases: Record<string, readonly Manifest[]> = {};
    for (const name of Object.keys(WITHOUT_NEWER_APIS)) {
      const values = join(chart, 'ci', `${name}-values.yaml`);
      cases[name] = await helmBinary(4).render(chart, {
        ...{ namespace: NAMESPACE, valueFiles: [values] },
      });
    }
    const output = await refusals(cases);
    for (const [name, { refused }] of Object.entries(WITHOUT_NEWER_APIS)) {
      expect(output).toMatch(new RegExp(`/${name}\\.json.*${refused}`));
    }
  });

  it('fails for an unknown field, a wrong type and an invalid name', async () => {
    const service = (metadata: object, spec: object): Manifest => ({
      ...{ apiVersion: 'v1', kind: 'Service' },
      ...{ metadata: { name: 'a', namespace: NAMESPACE, ...metadata }, spec },
    });
    const ports = [{ port: 69 }];
    const output = await refusals({
      right: [service({}, { ports })],
      field: [service({}, { ports, portz: 1 })],
      type: [service({}, { ports: [{ port: '69' }] })],
      name: [service({ name: 'A_' }, { ports })],
    });
    expect(output).not.toContain('right.json');
    expect(output).toMatch(/field\.json.*portz/);
    expect(output).toMatch(/type\.json.*port/);
    expect(output).toMatch(/name\.json.*A_/);
  });
});

/**
 * Returns why the API server refuses objects, with the names of their cases; an empty text if it accepts all. They are
 * checked together, since kubectl reads the API's definitions first, which takes longer than the checks.
 */
async function refusals(cases: Readonly<Record<string, readonly object[]>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dry-run-'));
  try {
    for (const [name, objects] of Object.entries(cases)) {
      const lines = objects.map((object) => `${JSON.stringify(object)}\n`);
      await writeFile(join(directory, `${name}.json`), lines.join(''));
    }
    const { exitCode, stderr } = await kubectl.try(
      ...['create', '--dry-run=server', '--validate=strict', '--output=name'],
      ...['--filename', directory],
    );
    return exitCode === 0 ? '' : stderr;
  } finally {
    await rm(directory, { recursive: true });
  }
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
