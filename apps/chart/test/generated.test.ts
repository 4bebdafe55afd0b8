// Generated files. `pnpm --filter @pxe/chart generate` updates them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';

import { parseValuesFile } from '../src/values-file.js';
import { type JsonSchema, valuesSchema } from '../src/values-schema.js';
import { withValuesTable } from '../src/values-table.js';
import { CHART, chartFile } from './support/chart.js';
import { DAEMON } from './support/daemon.js';

const entries = parseValuesFile(chartFile('values.yaml'));

async function formatted(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

describe('generated', () => {
  it('values.schema.json matches values.yaml and the schema of the daemon', async () => {
    const path = join(CHART, 'values.schema.json');
    const output = execFileSync(process.execPath, [DAEMON, 'config', 'schema'], {
      encoding: 'utf8',
    });
    const configSchema = JSON.parse(output) as JsonSchema;
    const text = JSON.stringify(valuesSchema(entries, configSchema), undefined, 2);
    await expect(await formatted(path, text)).toMatchFileSnapshot(path);
  });

  it("the README's table matches values.yaml", async () => {
    const path = join(CHART, 'README.md');
    const text = withValuesTable(chartFile('README.md'), entries);
    await expect(await formatted(path, text)).toMatchFileSnapshot(path);
  });

  it("Chart.yaml has the package's version, and the daemon's as appVersion", async () => {
    const path = join(CHART, 'Chart.yaml');
    const chart = parseDocument(readFileSync(path, 'utf8'));
    chart.set('version', versionOf('../package.json'));
    chart.set('appVersion', versionOf('@pxe/server/package.json'));
    await expect(await formatted(path, chart.toString({ lineWidth: 0 }))).toMatchFileSnapshot(path);
  });
});

function versionOf(manifest: string): string {
  const path = createRequire(import.meta.url).resolve(manifest);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
