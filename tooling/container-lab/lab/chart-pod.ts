import { join } from 'node:path';

import { type apps, type v1 } from 'kubernetes-models';

import { findHelm, type Manifest } from '@pxe/helm';

/** Objects of the chart, and the pod of its Deployment. */
export interface RenderedChart {
  readonly manifests: readonly Manifest[];
  readonly pod: v1.IPodSpec;
}

/** Renders the chart with these values. */
export async function renderChart(root: string, values: object): Promise<RenderedChart> {
  const manifests = await render(root, values);
  const deployment = manifests.find(
    (manifest): manifest is Manifest & apps.v1.IDeployment => manifest.kind === 'Deployment',
  );
  const pod = deployment?.spec?.template.spec;
  if (pod === undefined) {
    throw new Error('the chart renders no pod');
  }
  return { manifests, pod };
}

/** Command of the chart's test, `helm test`. */
export interface BootTest {
  readonly command: readonly string[];
  readonly script: string;
  readonly settings: object;
}

/** Renders the test of the chart with these values. */
export async function renderBootTest(root: string, values: object): Promise<BootTest> {
  const manifests = await render(root, values);
  const pod = manifests.find((manifest): manifest is Manifest & v1.IPod => manifest.kind === 'Pod');
  const { command, args } = pod?.spec?.containers[0] ?? {};
  const [script, settings] = args ?? [];
  if (command === undefined || script === undefined || settings === undefined) {
    throw new Error('the chart renders no test');
  }
  return { command, script, settings: JSON.parse(settings) as object };
}

async function render(root: string, values: object): Promise<readonly Manifest[]> {
  const helm = findHelm(4);
  if (helm === undefined) {
    throw new Error(`no Helm for ${process.platform} on ${process.arch}`);
  }
  return helm.render(join(root, 'apps/chart/pxeboot'), { values });
}
