// A PC boots Debian's installer from the package, installed on Debian with the documented command. Its data directory already
// has images, and the settings are those of the scenario.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { afterAll, beforeAll, it } from 'vitest';

import { bootFromMachine, expectFile, installDebian, runCommand } from '@pxe/lab-host';

import { buildPackages } from '../src/debian-package.js';

const root = resolve(import.meta.dirname, '../../..');
const filled = resolve(process.env['DEBIAN_PACKAGE_LAB_STORE'] ?? join(root, '.pxeboot'));

let directory: string;
let system: string;
let store: string;
let file: string;

beforeAll(async () => {
  await expectFile(
    join(filled, 'current'),
    'fill a store with `npm run -s pxeboot -- sync --data-dir .pxeboot`, or name one in DEBIAN_PACKAGE_LAB_STORE',
  );
  directory = await mkdtemp('/var/tmp/pxeboot-debian-boots-');
  system = join(directory, 'system');
  store = join(directory, 'images');
  const kept = process.env['DEBIAN_PACKAGE_LAB_BASE'];
  const [[built = '']] = await Promise.all([
    buildPackages({ root, output: directory }),
    kept === undefined
      ? installDebian(system, ['nodejs'])
      : runCommand('cp', ['--archive', kept, system]),
    // systemd changes the owner of the data directory when the service starts.
    runCommand('cp', ['--archive', filled, store]),
  ]);
  file = basename(built);
  await cp(built, join(system, 'root', file));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

it('boots from the Debian package', async () => {
  const recipe = {
    system,
    nspawn: [],
    storeAt: '/var/lib/pxeboot',
    start: [
      `apt install --yes ./${file}`,
      // Not reloaded: the boot lab reads the log as JSON from its start.
      'cp pxeboot.yaml /etc/pxeboot/; systemctl restart pxeboot',
    ],
    log: 'journalctl --unit=pxeboot --boot --output=cat --lines=all --follow',
  };
  console.log(await bootFromMachine({ root, scenario: 'bios', store, recipe }));
});
