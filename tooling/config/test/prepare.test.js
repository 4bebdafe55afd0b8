import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PREPARE = fileURLToPath(new URL('../../workspace/prepare.js', import.meta.url));

describe('npm start', () => {
  let root;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pxeboot-prepare-'));
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'node_modules'));
    writeFileSync(join(root, 'package.json'), JSON.stringify({ packageManager: 'pnpm@1.0.0' }));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  /** Prepares a checkout with a program in the place of npx, and returns the exit code and what it printed. */
  function prepareWith(npx) {
    writeFileSync(join(root, 'bin', 'npx'), `#!/bin/sh\n${npx}\n`, { mode: 0o755 });
    const environment = { ...process.env };
    delete environment.npm_config_fetch_retries;
    const program = `
      import { prepare } from ${JSON.stringify(PREPARE)};
      process.exitCode = await prepare(process.argv[1], { isVerbose: false, owner: undefined });`;
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        ['--input-type=module', '-e', program, root],
        { env: { ...environment, PATH: `${root}/bin:${process.env.PATH}` } },
        (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }),
      );
    });
  }

  it('names the step, the cause and the remedy if the npm registry cannot be reached', async () => {
    const { code, stderr } = await prepareWith('echo "npm error code EAI_AGAIN" >&2; exit 1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^npm start: fetching pnpm from the npm registry … \d+ s\n/);
    expect(stderr).toContain('\nnpm error code EAI_AGAIN\n\n');
    expect(stderr).toMatch(
      /\nnpm start: fetching pnpm from the npm registry failed: the registry cannot be reached \(EAI_AGAIN\)\n {2}check the network and the proxy .* then run "npm start" again\n$/,
    );
  });

  it('shows the output of a step that fails otherwise, and its command', async () => {
    const { code, stderr } = await prepareWith(
      'case "$*" in *bundle) echo "src/x.ts: odd"; exit 3;; esac',
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/^npm start: building … \d+ s$/m);
    expect(stderr).toContain('\nsrc/x.ts: odd\n\n');
    expect(stderr).toContain(
      '"npx --yes pnpm@1.0.0 --filter @pxe/server... run bundle" failed (3)',
    );
  });

  it('makes npm and pnpm give up soon when the network does not answer', async () => {
    const { stderr } = await prepareWith('echo "retries $npm_config_fetch_retries"; exit 1');
    expect(stderr).toContain('retries 1\n');
  });

  /** Writes a file of the checkout. */
  function write(path, text = '') {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  /** Writes what a build leaves behind, and prepares the checkout, which then needs no other build. */
  async function prepareBuilt() {
    const outputs = [
      ...['tftp-protocol', 'syslinux-menu', 'debian-netboot', 'debian-preseed', 'dhcp-protocol']
        .concat('udp-batch')
        .map((name) => `packages/${name}/dist/index.js`),
      ...['apps/dashboard/dist/index.html', 'apps/server/dist/index.js'],
      ...['apps/server/dist/main.cjs', 'apps/server/dist/dashboard/index.html'],
    ];
    for (const output of outputs) {
      write(output);
    }
    await prepareWith('exit 0');
    expect((await prepareWith('echo "must not run"; exit 1')).stderr).toBe('');
  }

  it.each([['apps/server/dist/main.cjs'], ['apps/server/dist/dashboard/index.html']])(
    'builds again if an interrupted build has not written %s',
    async (missing) => {
      await prepareBuilt();
      rmSync(join(root, missing));
      expect((await prepareWith('exit 0')).stderr).toMatch(/installed and built/);
    },
  );

  it.each([['packages/udp-batch/src/index.ts'], ['apps/dashboard/public/icon.svg']])(
    'builds again if %s has changed',
    async (changed) => {
      await prepareBuilt();
      write(changed, 'changed');
      expect((await prepareWith('exit 0')).stderr).toMatch(/installed and built/);
    },
  );

  it('says how long it took', async () => {
    const { code, stderr } = await prepareWith('exit 0');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^npm start: installed and built in \d+\.\d s$/m);
  });
});
