import { type v1 } from 'kubernetes-models';
import { describe, expect, it } from 'vitest';

import { type Manifest } from '@pxe/helm';

import { CASES, CHART, HELMS } from './support/chart.js';
import { theOnly } from './support/kinds.js';
import { kubernetesTypeErrors } from './support/kubernetes-types.js';

describe.each(HELMS)('helm $major', (helm) => {
  // Prometheus Operator's types are not part of Kubernetes; monitoring-objects.test.ts checks those objects.
  it('renders objects of valid Kubernetes types in every case', async () => {
    const rendered = await Promise.all(
      CASES.map(async ({ name, file }) => {
        const manifests = await helm.render(CHART, { valueFiles: [file] });
        return manifests
          .filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com/'))
          .map((manifest) => ({ name: `${name}: ${manifest.kind}`, manifest }));
      }),
    );
    expect(rendered.flat().length).toBeGreaterThanOrEqual(5 * CASES.length);
    expect(kubernetesTypeErrors(rendered.flat())).toEqual([]);
  });
});

describe.runIf(HELMS.length > 0)('the check itself', () => {
  const flaws: readonly [string, (pod: v1.IPodSpec) => void, RegExp][] = [
    [
      'a wrong type',
      (pod) => Object.assign(pod, { terminationGracePeriodSeconds: '60' }),
      /string.*number/,
    ],
    [
      'an unknown field',
      (pod) => Object.assign(pod, { hostNetwrk: true }),
      /hostNetwrk.*does not exist/,
    ],
    [
      'a wrong value',
      (pod) => Object.assign(pod, { dnsPolicy: 'ClusterLast' }),
      /ClusterLast.*not assignable/,
    ],
    ['a missing field', (pod) => Reflect.deleteProperty(pod, 'containers'), /containers.*missing/],
  ];

  it.each(flaws)('finds %s', async (_name, spoil, message) => {
    const manifests = await HELMS[0]!.render(CHART);
    const deployment = structuredClone(theOnly(manifests, 'Deployment'));
    spoil(deployment.spec!.template.spec!);
    const errors = kubernetesTypeErrors([{ name: 'spoilt', manifest: deployment as Manifest }]);
    expect(errors).toEqual([expect.stringMatching(message)]);
  });

  it('finds an unknown kind', () => {
    const manifest = { apiVersion: 'apps/v1', kind: 'Deploymint', metadata: { name: 'x' } };
    expect(kubernetesTypeErrors([{ name: 'x', manifest }])).toHaveLength(1);
  });
});
