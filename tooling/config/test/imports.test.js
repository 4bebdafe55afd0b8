import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { checkImports } from '../imports/check-imports.js';

const LAYERS = { 'packages/planted': [['codec'], ['kinds/one'], ['kinds', 'index']] };

/** Sources without violations. */
const SOUND = {
  'codec/packet.ts': 'export interface Packet {}',
  'codec/packet.test.ts': "import '../index.js';",
  'kinds/one/one.ts':
    "import { type Packet } from '../../codec/packet.js';\nexport type One = Packet;",
  'kinds/registry.ts': "import { type One } from './one/one.js';\nexport type Kind = One;",
  'index.ts': "export { type Kind } from './kinds/registry.js';",
};

const roots = [];

/** Returns the violations of a package with these sources added to the valid ones. */
async function violationsWith(planted) {
  const root = mkdtempSync(join(tmpdir(), 'pxeboot-imports-'));
  roots.push(root);
  for (const folder of ['apps', 'tooling']) {
    mkdirSync(join(root, folder));
  }
  for (const [name, text] of Object.entries({ ...SOUND, ...planted })) {
    const file = join(root, 'packages/planted/src', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  return await checkImports(root, LAYERS);
}

describe('imports', () => {
  afterEach(() => {
    for (const root of roots.splice(0)) {
      rmSync(root, { recursive: true });
    }
  });

  describe('checkImports', () => {
    it('finds nothing in sources that follow their layers', async () => {
      expect(await violationsWith({})).toEqual([]);
    });

    it('finds two files that import types of each other', async () => {
      const found = await violationsWith({
        'codec/a.ts': "import { type B } from './b.js';\nexport interface A { b?: B }",
        'codec/b.ts': "import { type A } from './a.js';\nexport interface B { a?: A }",
      });
      expect(found).toEqual([
        expect.stringMatching(
          /^packages\/planted\/src\/codec\/\w\.ts imports .*: circle of files$/,
        ),
      ]);
    });

    it('finds two folders that import from each other, although no files do', async () => {
      const found = await violationsWith({
        'kinds/two/first.ts':
          "import { type Shared } from '../three/shared.js';\nexport type First = Shared;",
        'kinds/two/second.ts': 'export type Second = 2;',
        'kinds/three/shared.ts': 'export type Shared = 1;',
        'kinds/three/other.ts':
          "import { type Second } from '../two/second.js';\nexport type Other = Second;",
      });
      expect(found).toEqual([
        'packages/planted/src/kinds/three imports packages/planted/src/kinds/two: circle of folders',
        'packages/planted/src/kinds/two imports packages/planted/src/kinds/three: circle of folders',
      ]);
    });

    it('finds an import from a higher layer', async () => {
      const found = await violationsWith({
        'codec/high.ts': "import { type One } from '../kinds/one/one.js';\nexport type High = One;",
        'kinds/one/high.ts':
          "import { type Kind } from '../registry.js';\nexport type High = Kind;",
      });
      expect(found).toContain(
        'packages/planted/src/codec/high.ts imports packages/planted/src/kinds/one/one.ts: codec is below kinds/one, kinds, index',
      );
      expect(found).toContain(
        'packages/planted/src/kinds/one/high.ts imports packages/planted/src/kinds/registry.ts: kinds/one is below kinds, index',
      );
    });

    it('finds a file that no layer holds', async () => {
      expect(await violationsWith({ 'misc/new.ts': 'export type New = 1;' })).toEqual([
        'packages/planted/src/misc/new.ts: is in no layer',
      ]);
    });
  });
});
