// The daemon itself accepts the configuration from the chart.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type v1 } from 'kubernetes-models';
import { describe, expect, it } from 'vitest';

import { CASES, CHART, HELMS } from './support/chart.js';
import { DAEMON } from './support/daemon.js';
import { allOf, theOnly } from './support/kinds.js';

const run = promisify(execFile);

describe.each(HELMS)('helm $major', (helm) => {
  it.each(CASES)('the daemon accepts the configuration of the case $name', async ({ file }) => {
    const manifests = await helm.render(CHART, { valueFiles: [file] });
    const data = allOf(manifests, 'ConfigMap').find((map) => map.data?.['pxeboot.yaml'])?.data;
    const [container] = theOnly(manifests, 'Deployment').spec!.template.spec!.containers;
    const directory = await mkdtemp(join(tmpdir(), 'chart-config-'));
    try {
      const config = join(directory, 'pxeboot.yaml');
      await writeFile(config, data!['pxeboot.yaml']!);
      const { stdout } = await run(
        process.execPath,
        [DAEMON, 'config', 'print', '--config', config],
        { env: environmentOf(container!.env!) },
      );
      const adminPort = container!.ports!.find(({ name }) => name === 'admin')!.containerPort;
      expect(stdout).toContain(`admin.listen = ["*:${adminPort}"]`);
      expect(stdout).toContain('admin.token = (hidden)');
      expect(stdout).toMatch(/^advertise = "http:\/\/(192\.0\.2\.7|boot\.example\.com):\d+"/m);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

/** Returns the environment that a kubelet creates on the node 192.0.2.7. */
function environmentOf(variables: readonly v1.IEnvVar[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of variables) {
    if (valueFrom?.fieldRef?.fieldPath === 'status.hostIP') {
      environment[name] = '192.0.2.7';
    } else if (valueFrom?.secretKeyRef !== undefined) {
      environment[name] = 's'.repeat(32);
    } else {
      environment[name] = expand(value ?? '', environment);
    }
  }
  return environment;
}

/** Replaces each `$(NAME)` by the value of a variable defined earlier. */
function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\((\w+)\)/g, (reference, name: string) => environment[name] ?? reference);
}
