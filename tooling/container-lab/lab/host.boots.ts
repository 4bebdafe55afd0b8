// A PC boots Debian's installer from the image on a Debian host, started with the commands of docs/container.md. The image
// comes from the lab instead of a registry, its volume already has images, and the settings are those of the scenario.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { bootFromMachine, documentedLines, type MachineRecipe } from '@pxe/lab-host';

import { installContainerHost, NSPAWN_OPTIONS, PREPARATION, STORE_AT } from './container-host.js';

const image = inject('image');
const store = inject('store');
const root = inject('root');
const page = join(root, 'docs/container.md');

/** Options of journalctl for the lines of one boot of the host, as the daemon wrote them. */
const FOLLOWING = '--boot --output=cat --lines=all --follow';

let directory: string;
let system: string;

beforeAll(async () => {
  directory = await mkdtemp('/var/tmp/pxeboot-container-boots-');
  system = join(directory, 'system');
  await installContainerHost(system, image, root);
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Boots the scenario; the host is as new, except for its image and volume. */
async function expectBoot(recipe: Pick<MachineRecipe, 'start' | 'log'>): Promise<void> {
  const start = ['podman rm --force --all', ...PREPARATION, ...recipe.start];
  const whole = { system, nspawn: NSPAWN_OPTIONS, storeAt: STORE_AT, ...recipe, start };
  console.log(await bootFromMachine({ root, scenario: 'bios', store, recipe: whole }));
}

it('boots from the image', async () => {
  const [line = ''] = await documentedLines(page, "On the host's network");
  const settings = '--volume ./pxeboot.yaml:/etc/pxeboot/pxeboot.yaml:ro';
  expect(line).toMatch(/^docker run .* ghcr\.io\/pxeboot\/pxeboot$/);
  await expectBoot({
    start: [line.replace('docker run', `docker run ${settings}`)],
    log: `journalctl CONTAINER_NAME=pxeboot ${FOLLOWING}`,
  });
});

it('boots from compose', async () => {
  const [line = ''] = await documentedLines(page, 'With compose');
  await expectBoot({
    start: [
      "cp pxeboot.yaml pxeboot/; sed --in-place 's/# \\(- .*pxeboot.yaml\\)/\\1/' pxeboot/compose.yaml",
      `cd pxeboot; ${line}`,
    ],
    log: `journalctl CONTAINER_NAME=pxeboot-pxeboot-1 ${FOLLOWING}`,
  });
});

it('boots from the quadlet', async () => {
  const lines = await documentedLines(page, 'As a systemd service, with Podman');
  await expectBoot({
    start: [
      'mkdir --parents /etc/pxeboot; cp pxeboot.yaml /etc/pxeboot/',
      "sed --in-place 's/^#Volume/Volume/' pxeboot.container",
      ...lines.slice(0, 3),
    ],
    log: `journalctl --unit=pxeboot ${FOLLOWING}`,
  });
});
