// A key whose lines are all commented out is null in YAML.
import { describe, expect, it } from 'vitest';

import { parseValuesFile, type ValueEntry } from '../src/values-file.js';
import { CHART, chartFile, HELMS } from './support/chart.js';

function described(entries: readonly ValueEntry[]): ValueEntry[] {
  return entries.flatMap((entry) =>
    entry.description === undefined ? described(entry.children) : [entry],
  );
}

/** Returns `{service: {annotations: null}}` for `service.annotations`. */
function nullAt(path: string): object {
  return path.split('.').reduceRight<object | null>((value, key) => ({ [key]: value }), null) ?? {};
}

const emptyKeys = described(parseValuesFile(chartFile('values.yaml')))
  .filter(({ value }) => ['{}', '[]'].includes(JSON.stringify(value)))
  .map(({ path }) => path);

describe.each(HELMS)('helm $major', (helm) => {
  it('accepts null for every empty value', async () => {
    expect(emptyKeys).toContain('config');
    const asItComes = await helm.template(CHART);
    const results = await Promise.all(
      emptyKeys.map(async (path) => {
        const { stdout, stderr } = await helm.template(CHART, { values: nullAt(path) });
        return [path, stderr === '' && stdout === asItComes.stdout ? 'same' : stderr || 'differs'];
      }),
    );
    expect(results).toEqual(emptyKeys.map((path) => [path, 'same']));
  });
});
