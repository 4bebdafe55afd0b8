import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
// What `changeset version` itself uses.
const changesets = createRequire(
  createRequire(join(ROOT, 'package.json')).resolve('@changesets/cli'),
);
const { default: getReleasePlan } = changesets('@changesets/get-release-plan');

const LIBRARIES = readdirSync(join(ROOT, 'packages'));

describe('a release', () => {
  let copy;

  /** The packages of this repository with our settings, as if version 1.0.0 of each had been released. */
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'pxeboot-changesets-'));
    for (const file of ['package.json', 'pnpm-workspace.yaml']) {
      cpSync(join(ROOT, file), join(copy, file));
    }
    mkdirSync(join(copy, '.changeset'));
    cpSync(join(ROOT, '.changeset/config.json'), join(copy, '.changeset/config.json'));
    for (const parent of ['apps', 'packages', 'tooling']) {
      for (const name of readdirSync(join(ROOT, parent))) {
        const manifest = readManifest(join(ROOT, parent, name));
        if (manifest !== undefined) {
          mkdirSync(join(copy, parent, name), { recursive: true });
          writeFileSync(
            join(copy, parent, name, 'package.json'),
            JSON.stringify({ ...manifest, version: '1.0.0' }),
          );
        }
      }
    }
  });

  afterAll(() => rmSync(copy, { recursive: true }));

  // The command line contains the code of the libraries, so `npm update` alone does not bring it their fixes.
  it.each(LIBRARIES)('of @pxe/%s is a release of @pxe/server as well', async (library) => {
    const change = join(copy, '.changeset/change.md');
    writeFileSync(change, `---\n'@pxe/${library}': patch\n---\n\nA fix.\n`);
    const { releases } = await getReleasePlan(copy);
    const released = releases.filter(({ type }) => type !== 'none').map(({ name }) => name);
    expect(released).toContain(`@pxe/${library}`);
    expect(released).toContain('@pxe/server');
  });
});

function readManifest(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
