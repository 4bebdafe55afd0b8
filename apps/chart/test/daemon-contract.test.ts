// The daemon itself accepts the configuration from the chart.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type v1 } from 'kubernetes-models';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { CASES, CHART, HELMS } from './support/chart.js';
import { DAEMON } from './support/daemon.js';
import { allOf, podTemplateOf } from './support/kinds.js';

const run = promisify(execFile);

const PRESEED = `d-i passwd/root-login boolean false
d-i passwd/username string ada
d-i passwd/user-password-crypted password *
`;

describe.each(HELMS)('helm $major', (helm) => {
  it.each(CASES)('the daemon accepts the configuration of the case $name', async ({ file }) => {
    const manifests = await helm.render(CHART, { valueFiles: [file] });
    const data = allOf(manifests, 'ConfigMap').find((map) => map.data?.['pxeboot.yaml'])?.data;
    const [container] = podTemplateOf(manifests).spec!.containers;
    const directory = await mkdtemp(join(tmpdir(), 'chart-config-'));
    try {
      const config = join(directory, 'pxeboot.yaml');
      // The files of the Secret of the case "unattended", in a directory that tests can write.
      await writeFile(join(directory, 'passphrase'), 'correct horse battery', { mode: 0o440 });
      await writeFile(join(directory, 'database.cfg'), PRESEED);
      await writeFile(
        config,
        data!['pxeboot.yaml']!.replaceAll('/etc/pxeboot-preseeds', directory),
      );
      const environment = environmentOf(container!.env);
      const { stdout } = await run(
        process.execPath,
        [DAEMON, 'config', 'print', '--config', config],
        { env: environment },
      );
      const adminPort = container!.ports!.find(({ name }) => name === 'admin')!.containerPort;
      expect(stdout).toContain(`admin.listen = ["*:${adminPort}"]`);
      const names = (container!.env ?? []).map(({ name }) => name);
      expect(stdout.includes('admin.token = (hidden)')).toBe(names.includes('PXEBOOT_ADMIN_TOKEN'));
      expect(/^state\.url = .*db\.example/m.test(stdout)).toBe(names.includes('PXEBOOT_STATE_URL'));
      const { advertise } = parse(data!['pxeboot.yaml']!) as { readonly advertise?: string };
      const inForce = environment['PXEBOOT_ADVERTISE'] ?? advertise ?? 'auto';
      expect(/^advertise = "(.*?)"/m.exec(stdout)?.[1]).toBe(inForce);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

/** Returns the environment that a kubelet creates. */
function environmentOf(variables: readonly v1.IEnvVar[] = []): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of variables) {
    if (valueFrom?.secretKeyRef !== undefined) {
      environment[name] = secretOf(name);
    } else if (valueFrom?.fieldRef !== undefined) {
      environment[name] = '192.0.2.11';
    } else {
      environment[name] = value.replaceAll(
        /\$\((\w+)\)/g,
        (_, other: string) => environment[other]!,
      );
    }
  }
  return environment;
}

/** Returns what the Secret of a variable may hold. */
function secretOf(name: string): string {
  return name === 'PXEBOOT_STATE_URL' ? 'postgres://boot:secret@db.example/boot' : 's'.repeat(32);
}
