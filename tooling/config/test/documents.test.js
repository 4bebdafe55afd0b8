import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { LAYERS } from '../imports/layers.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const documents = execFileSync('git', ['ls-files', '*.md', ':!:**/fixtures/**'], { cwd: root })
  .toString()
  .trim()
  .split('\n');

/** Targets of relative links, without their fragments. */
function linksIn(text) {
  return [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, target]) => target);
}

/** File names in backticks that begin with a top-level folder, without patterns. */
function namesIn(text) {
  const names = text.matchAll(/`((?:apps|packages|tooling|docs|\.github)\/[\w./-]+)`/g);
  return [...names].map(([, name]) => name);
}

describe('documents', () => {
  it.each(documents)('%s links to files that exist', (document) => {
    const links = linksIn(readFileSync(join(root, document), 'utf8'));
    expect(links.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
  });

  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])(
    '%s names files that exist',
    (document) => {
      const names = namesIn(readFileSync(join(root, document), 'utf8'));
      expect(names.filter((name) => !existsSync(join(root, name)) && name !== 'docs/api/')).toEqual(
        [],
      );
    },
  );

  it('ARCHITECTURE.md lists the layers that lint checks', () => {
    const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const [, table = ''] = text.split('layers, lowest first');
    const listed = table
      .split('\n\n', 1)[0]
      .split('\n')
      .slice(2)
      .map((row) => {
        const [, name, layers] = row.split('|').map((cell) => cell.trim());
        return [
          name.replaceAll('`', ''),
          layers
            .split(';')
            .map((layer) => layer.split(',').map((part) => part.replaceAll(/[` ]/g, ''))),
        ];
      });
    expect(Object.fromEntries(listed)).toEqual(LAYERS);
  });
});
