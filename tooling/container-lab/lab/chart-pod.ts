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
  const helm = findHelm(4);
  if (helm === undefined) {
    throw new Error(`no Helm for ${process.platform} on ${process.arch}`);
  }
  const manifests = await helm.render(join(root, 'apps/chart/pxeboot'), { values });
  const deployment = manifests.find(
    (manifest): manifest is Manifest & apps.v1.IDeployment => manifest.kind === 'Deployment',
  );
  const pod = deployment?.spec?.template.spec;
  if (pod === undefined) {
    throw new Error('the chart renders no pod');
  }
  return { manifests, pod };
}
