import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

async function textOf(path: string): Promise<string> {
  return readFile(new URL(`../${path}`, import.meta.url), 'utf8');
}

async function namesIn(path: string, pattern: RegExp): Promise<readonly string[]> {
  return [...(await textOf(path)).matchAll(pattern)].map(([, name = '']) => name);
}

/** Returns the first cells of the tables below a heading of the README. */
async function listed(heading: string): Promise<readonly string[]> {
  const [, section = ''] = (await textOf('README.md')).split(`\n### ${heading}\n`);
  const [own = ''] = section.split(/\n#{2,3} /);
  return [...own.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);
}

describe('the README', () => {
  it('lists every error code, in the order of the declaration', async () => {
    const [declaration = ''] = (await textOf('src/errors.ts')).split(';');
    const codes = [...declaration.matchAll(/\| '(\w+)'/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(50);
    expect(await listed('Error codes')).toEqual(codes);
  });

  it('lists every event, in the order of the declarations', async () => {
    const events = [
      ...(await namesIn('src/events.ts', /type: '(\w+)'/g)),
      ...(await namesIn('src/store/store-event.ts', /type: '(\w+)'/g)),
    ];
    expect(events.length).toBeGreaterThan(20);
    expect(await listed('Events')).toEqual(events);
  });
});
