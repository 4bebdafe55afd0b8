import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkoutEnvironment } from '../../workspace/checkout-settings.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

describe('programs of the checkout', () => {
  let root;

  beforeAll(() => {
    root = `${mkdtempSync(`${tmpdir()}/pxeboot-checkout-`)}/`;
  });

  afterAll(() => rmSync(root, { recursive: true }));

  it('have their data in .pxeboot', () => {
    expect(checkoutEnvironment(root, ['boots'], { A: 'b' })).toEqual({
      A: 'b',
      PXEBOOT_DATA_DIR: `${root}.pxeboot`,
    });
  });

  it('keep the settings of the user', () => {
    expect(checkoutEnvironment(root, [], { PXEBOOT_DATA_DIR: '/data' })).toEqual({
      PXEBOOT_DATA_DIR: '/data',
    });
    expect(checkoutEnvironment(root, [], { PXEBOOT_CONFIG: '/c.yaml' })).toEqual({
      PXEBOOT_CONFIG: '/c.yaml',
    });
    expect(checkoutEnvironment(root, ['sync', '--config=/c.yaml'], {})).toEqual({});
    writeFileSync(`${root}pxeboot.yaml`, '');
    expect(checkoutEnvironment(root, [], {})).toEqual({});
  });

  it('are run with these settings by npm run pxeboot', () => {
    const env = { PATH: process.env.PATH, HOME: root };
    const run = ['run', '-s', 'pxeboot', '--', 'config', 'print'];
    const printed = execFileSync('npm', run, { cwd: repository, env, encoding: 'utf8' });
    expect(printed).toContain(`dataDir = "${repository}.pxeboot"`);
  });
});
