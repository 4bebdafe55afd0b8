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

type Environment = Readonly<Record<string, string>>;

/** Output of the daemon by its input: in most cases, all releases of Helm render the same. */
const outputs = new Map<string, Promise<string>>();

/** Returns the settings that the daemon prints for a configuration. */
function printed(yaml: string, env: Environment): Promise<string> {
  const input = JSON.stringify([yaml, env]);
  const output = outputs.get(input) ?? print(yaml, env);
  outputs.set(input, output);
  return output;
}

async function print(yaml: string, env: Environment): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'chart-config-'));
  try {
    const config = join(directory, 'pxeboot.yaml');
    // The files of the Secret of the case "unattended", in a directory that tests can write.
    await writeFile(join(directory, 'passphrase'), 'correct horse battery', { mode: 0o440 });
    await writeFile(join(directory, 'database.cfg'), PRESEED);
    await writeFile(config, yaml.replaceAll('/etc/pxeboot-preseeds', directory));
    const command = [DAEMON, 'config', 'print', '--config', config];
    return (await run(process.execPath, command, { env })).stdout;
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe.each(HELMS)('helm $major', (helm) => {
  it.each(CASES)('the daemon accepts the configuration of the case $name', async ({ file }) => {
    const manifests = await helm.render(CHART, { valueFiles: [file] });
    const data = allOf(manifests, 'ConfigMap').find((map) => map.data?.['pxeboot.yaml'])?.data;
    const [container] = podTemplateOf(manifests).spec!.containers;
    const environment = environmentOf(container!.env);
    const stdout = await printed(data!['pxeboot.yaml']!, environment);
    const adminPort = container!.ports!.find(({ name }) => name === 'admin')!.containerPort;
    expect(stdout).toContain(`admin.listen = ["*:${adminPort}"]`);
    const names = (container!.env ?? []).map(({ name }) => name);
    expect(stdout.includes('admin.token = (hidden)')).toBe(names.includes('PXEBOOT_ADMIN_TOKEN'));
    expect(/^state\.url = .*db\.example/m.test(stdout)).toBe(names.includes('PXEBOOT_STATE_URL'));
    const { advertise } = parse(data!['pxeboot.yaml']!) as { readonly advertise?: string };
    const inForce = environment['PXEBOOT_ADVERTISE'] ?? advertise ?? 'auto';
    expect(/^advertise = "(.*?)"/m.exec(stdout)?.[1]).toBe(inForce);
  });
});

/** Returns the environment that a kubelet creates. */
function environmentOf(variables: readonly v1.IEnvVar[] = []): Environment {
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
