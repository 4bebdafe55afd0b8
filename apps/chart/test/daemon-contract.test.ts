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
import { allOf, podTemplateOf } from './support/kinds.js';

const run = promisify(execFile);

describe.each(HELMS)('helm $major', (helm) => {
  it.each(CASES)('the daemon accepts the configuration of the case $name', async ({ file }) => {
    const manifests = await helm.render(CHART, { valueFiles: [file] });
    const data = allOf(manifests, 'ConfigMap').find((map) => map.data?.['pxeboot.yaml'])?.data;
    const [container] = podTemplateOf(manifests).spec!.containers;
    const directory = await mkdtemp(join(tmpdir(), 'chart-config-'));
    try {
      const config = join(directory, 'pxeboot.yaml');
      await writeFile(config, data!['pxeboot.yaml']!);
      const { stdout } = await run(
        process.execPath,
        [DAEMON, 'config', 'print', '--config', config],
        { env: environmentOf(container!.env) },
      );
      const adminPort = container!.ports!.find(({ name }) => name === 'admin')!.containerPort;
      expect(stdout).toContain(`admin.listen = ["*:${adminPort}"]`);
      const names = (container!.env ?? []).map(({ name }) => name);
      expect(stdout.includes('admin.token = (hidden)')).toBe(names.includes('PXEBOOT_ADMIN_TOKEN'));
      expect(/^state\.url = .*db\.example/m.test(stdout)).toBe(names.includes('PXEBOOT_STATE_URL'));
      expect(stdout).toMatch(/^advertise = ("auto"|"http:\/\/boot\.example\.com:\d+")/m);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

/** Returns the environment that a kubelet creates. */
function environmentOf(variables: readonly v1.IEnvVar[] = []): Record<string, string> {
  return Object.fromEntries(
    variables.map(({ name, value, valueFrom }) => [
      name,
      valueFrom?.secretKeyRef === undefined ? (value ?? '') : secretOf(name),
    ]),
  );
}

/** Returns what the Secret of a variable may hold. */
function secretOf(name: string): string {
  return name === 'PXEBOOT_STATE_URL' ? 'postgres://boot:secret@db.example/boot' : 's'.repeat(32);
}
