// Generated files. `pnpm --filter @pxe/chart generate` updates them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';

import { newestChanges } from '../src/chart-changes.js';
import { parseValuesFile } from '../src/values-file.js';
import { type JsonSchema, valuesSchema } from '../src/values-schema.js';
import { withValuesTable } from '../src/values-table.js';
import { CHART, chartFile } from './support/chart.js';
import { DAEMON } from './support/daemon.js';

/** Changelog of the package, which changesets write; empty before the first release. */
const changelog = existing(fileURLToPath(new URL('../CHANGELOG.md', import.meta.url)));

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

  it("the chart's changelog is the package's", async () => {
    const path = join(CHART, 'CHANGELOG.md');
    const heading = `# Changelog of the pxeboot chart\n\nThe versions are those of the chart. [Releases](https://github.com/pxeboot/pxeboot/releases) has those of pxeboot itself.\n`;
    const versions = changelog.slice(changelog.indexOf('\n## ') + 1 || changelog.length);
    await expect(await formatted(path, `${heading}\n${versions}`)).toMatchFileSnapshot(path);
  });

  it("Chart.yaml has the package's version and changes, and the daemon's version as appVersion", async () => {
    const path = join(CHART, 'Chart.yaml');
    const chart = parseDocument(readFileSync(path, 'utf8'));
    chart.set('version', versionOf('../package.json'));
    chart.set('appVersion', versionOf('@pxe/server/package.json'));
    const changes = newestChanges(changelog);
    if (changes.length > 0) {
      chart.setIn(['annotations', 'artifacthub.io/changes'], stringify(changes, { lineWidth: 0 }));
    }
    await expect(await formatted(path, chart.toString({ lineWidth: 0 }))).toMatchFileSnapshot(path);
  });
});

function existing(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function versionOf(manifest: string): string {
  const path = createRequire(import.meta.url).resolve(manifest);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
