import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { checkSurface } from '../api/check-surface.js';

const DECLARATIONS = `/** Size of a block. @default 512 */
export declare const SIZE: number;
`;

const folders = [];

describe('surface', () => {
  afterEach(() => {
    for (const folder of folders.splice(0)) {
      rmSync(folder, { recursive: true });
    }
  });

  /** Creates a package with one entry point, whose report matches {@link DECLARATIONS}. */
  function reportedPackage() {
    const folder = mkdtempSync(join(tmpdir(), 'pxeboot-surface-'));
    folders.push(folder);
    const manifest = { name: 'planted', exports: { '.': { types: './dist/index.d.ts' } } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    // The analysis asks for the types of Node.
    mkdirSync(join(folder, 'node_modules/@types/node'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/@types/node/index.d.ts'), '');
    mkdirSync(join(folder, 'dist'));
    declare(folder, DECLARATIONS);
    expect(checkSurface(folder, { update: true })).toEqual([]);
    return folder;
  }

  function declare(folder, text) {
    writeFileSync(join(folder, 'dist/index.d.ts'), text);
  }

  describe('checkSurface', { timeout: 120_000 }, () => {
    it('accepts declarations that are in the report', () => {
      const folder = reportedPackage();

      expect(checkSurface(folder)).toEqual([]);
      expect(readFileSync(join(folder, 'api/index.api.md'), 'utf8')).toContain('SIZE: number');
    });

    it.each([
      [
        'an export that it lacks',
        `${DECLARATIONS}/** New. */\nexport declare const MORE: number;\n`,
      ],
      ['a changed type', DECLARATIONS.replace('number', 'string')],
    ])('reports %s, and does not change the report', (_name, text) => {
      const folder = reportedPackage();
      const before = readFileSync(join(folder, 'api/index.api.md'), 'utf8');
      declare(folder, text);

      expect(checkSurface(folder)).toEqual([
        expect.stringMatching(/index\.api\.md differs from the declarations/),
      ]);
      expect(readFileSync(join(folder, 'api/index.api.md'), 'utf8')).toBe(before);
    });

    it('reports documentation that is not TSDoc', () => {
      const folder = reportedPackage();
      declare(folder, DECLARATIONS.replace('Size of a block.', 'Size of {@link a block}.'));

      expect(checkSurface(folder)).not.toEqual([]);
    });
  });
});
