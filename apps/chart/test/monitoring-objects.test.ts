import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { type Manifest } from '@pxe/helm';

import { CHART, chartFile, HELMS } from './support/chart.js';
import { allOf, theOnly } from './support/kinds.js';

/** Fields of Prometheus Operator's objects that the chart fills in. */
interface MonitoringSpec {
  readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podMetricsEndpoints?: readonly { port: string; path: string; interval?: string }[];
  readonly endpoints?: unknown;
  readonly groups?: unknown;
}

function specOf(manifests: readonly Manifest[], kind: string): MonitoringSpec | undefined {
  const found = manifests.find((manifest) => manifest.kind === kind);
  return (found as { readonly spec?: MonitoringSpec } | undefined)?.spec;
}

describe.each(HELMS)('helm $major', (helm) => {
  it('renders nothing for Prometheus and Grafana by default', async () => {
    const manifests = await helm.render(CHART);
    expect(manifests.filter(({ apiVersion }) => apiVersion.includes('monitoring'))).toEqual([]);
    expect(allOf(manifests, 'ConfigMap')).toHaveLength(1);
  });

  it('renders a PodMonitor that selects the pods and their admin port', async () => {
    const values = { metrics: { podMonitor: { enabled: true, interval: '15s' } } };
    const manifests = await helm.render(CHART, { values });
    const spec = specOf(manifests, 'PodMonitor');
    const { template } = theOnly(manifests, 'Deployment').spec!;
    expect(template.metadata!.labels).toMatchObject(spec!.selector!.matchLabels);
    const [endpoint] = spec!.podMetricsEndpoints!;
    expect(endpoint).toEqual({ port: 'admin', path: '/metrics', interval: '15s' });
    const ports = template.spec!.containers[0]!.ports!;
    expect(ports.map(({ name }) => name)).toContain(endpoint!.port);
  });

  it('renders a ServiceMonitor that finds the admin port through the headless Service', async () => {
    const values = { metrics: { serviceMonitor: { enabled: true, interval: '15s' } } };
    const manifests = await helm.render(CHART, { values });
    const spec = specOf(manifests, 'ServiceMonitor');
    const service = theOnly(manifests, 'Service');
    expect(service.metadata!.labels).toMatchObject(spec!.selector!.matchLabels);
    expect(spec!.endpoints).toEqual([{ port: 'admin', path: '/metrics', interval: '15s' }]);
    expect(service.spec!.ports!.map(({ name }) => name)).toContain('admin');
  });

  it('renders the alert rules unchanged', async () => {
    const values = { metrics: { prometheusRule: { enabled: true, labels: { release: 'p' } } } };
    const manifests = await helm.render(CHART, { values });
    expect(specOf(manifests, 'PrometheusRule')).toEqual(parse(chartFile('files/alerts.yaml')));
    const rule = manifests.find(({ kind }) => kind === 'PrometheusRule');
    expect(rule?.metadata.labels).toMatchObject({ release: 'p' });
  });

  it('renders the dashboard unchanged, with the label of the sidecar', async () => {
    const values = {
      metrics: { dashboard: { enabled: true, annotations: { grafana_folder: 'Boot' } } },
    };
    const manifests = await helm.render(CHART, { values });
    const map = allOf(manifests, 'ConfigMap').find(({ data }) => data?.['pxeboot.json']);
    expect(map?.metadata).toMatchObject({
      labels: { grafana_dashboard: '1' },
      annotations: { grafana_folder: 'Boot' },
    });
    expect(JSON.parse(map!.data!['pxeboot.json']!)).toEqual(
      JSON.parse(chartFile('dashboards/pxeboot.json')),
    );
  });
});
