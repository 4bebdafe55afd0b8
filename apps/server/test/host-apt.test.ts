import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { ONLY_PROGRESS } from './support/only-progress.js';
import { type Finished, runPxeboot } from './support/pxeboot-command.js';

/** Runs a program with the given directory as /etc/apt. */
const WITH_APT_DIRECTORY = 'mount --bind "$0" /etc/apt && exec "$@"';

describe.skipIf(lacks('apt-get', 'unshare', 'mount') || lacksRoot())(
  "a sync through the host's apt",
  { timeout: 120_000 },
  () => {
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-host-apt-'));
    });

    afterAll(async () => {
      await rm(directory, { recursive: true });
    });

    /** Syncs on a host whose only Debian mirror is configured for a suite other than the requested one. */
    async function syncWhereHostHas(mirror: string, name: string): Promise<Finished> {
      const etc = join(directory, `${name}-apt`);
      await mkdir(join(etc, 'sources.list.d'), { recursive: true });
      await writeFile(
        join(etc, 'sources.list.d/debian.sources'),
        `Types: deb\nURIs: ${mirror}\nSuites: bookworm\nComponents: main\n`,
      );
      const images = ['--images', 'trixie:amd64:text', '--data-dir', join(directory, name)];
      const prefix = ['unshare', '--mount', 'sh', '-c', WITH_APT_DIRECTORY, etc];
      return runPxeboot(['sync', '--source-kind', 'apt', ...images], { prefix });
    }

    it('uses the mirror configured on the host', async () => {
      const finished = await syncWhereHostHas(inject('debianMirror') ?? '', 'store');
      expect(finished).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
      expect(finished.stdout).toMatch(/is the new generation: 1 image/);
    });

    it('reports the unreachable mirror', async () => {
      const finished = await syncWhereHostHas('http://127.0.0.1:1/debian', 'nothing');
      expect(finished.code).toBe(5);
      expect(finished.stderr).toMatch(/^pxeboot: apt-get update .*127\.0\.0\.1/m);
    });
  },
);
