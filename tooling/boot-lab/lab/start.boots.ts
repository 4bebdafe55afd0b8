// A PC boots Debian's installer from a fresh clone of this repository, started with the command of README.md. The clone
// contains only committed files; its store already has images, and the settings are those of the scenario.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';

import {
  documentedLines,
  environmentWithoutSettings,
  expectFile,
  Journal,
  runCommand,
} from '@pxe/lab-host';

import { type DaemonEvent, readDaemonEvent } from '../src/daemon/daemon-event.js';
import { type DaemonUnderTest } from '../src/daemon/daemon-under-test.js';
import { runLab } from '../src/run-lab.js';
import { bios } from '../src/scenario/bios.js';

const root = resolve(import.meta.dirname, '../../..');
const store = resolve(process.env['BOOT_LAB_STORE'] ?? join(root, '.pxeboot'));

let directory: string;
let checkout: string;
let line: string;

beforeAll(async () => {
  await expectFile(
    join(store, 'current'),
    'fill a store with `npm run -s pxeboot -- sync --data-dir .pxeboot`, or name one in BOOT_LAB_STORE',
  );
  const [documented = ''] = await documentedLines(join(root, 'README.md'), 'Quick start');
  expect(documented).toBe('sudo npm start');
  // The lab runs as root, and so does sudo.
  line = documented.replace('sudo ', '');
  directory = await mkdtemp('/var/tmp/pxeboot-start-boots-');
  checkout = join(directory, 'checkout');
  await runCommand('git', ['clone', '--quiet', root, checkout]);
  // The lab's network does not lead to the npm registry, so the first start, which builds, only prints its help.
  await runCommand('sh', ['-c', `${line} -- --help`], {
    cwd: checkout,
    env: environmentWithoutSettings(),
  });
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** The daemon, as `npm start` starts it. It ends with the lab's network, since npm leaves it running. */
const startedCheckout: DaemonUnderTest = {
  name: 'npm start',
  async start({ namespace, directory: site, configuration }) {
    // The lab reads the log as JSON.
    const settings = { ...configuration, log: { format: 'json' } };
    await writeFile(join(checkout, 'pxeboot.yaml'), stringify(settings));
    const log = new Journal<DaemonEvent>();
    const program = await namespace.start('sh', ['-c', `cd ${checkout} && exec ${line}`], {
      name: 'npm start',
      env: environmentWithoutSettings(),
      logFile: join(site, 'daemon.log'),
      onLine: (text, stream) => {
        if (stream === 'stdout') {
          log.append(readDaemonEvent(text));
        }
      },
    });
    return { program, log };
  },
};

it('boots from npm start in a fresh clone', async ({ signal }) => {
  const failed = await runLab(
    {
      runs: [{ scenario: bios, content: 'all' }],
      ...{ repeat: 1, jobs: 1, store, mirror: undefined, roundTripMs: 0, keep: false },
      cli: join(checkout, 'apps/server/dist/main.cjs'),
      daemon: startedCheckout,
      // npm has to start first.
      patience: 4,
      record: undefined,
    },
    signal,
  );
  expect(failed).toBe(0);
});
