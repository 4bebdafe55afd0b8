// A PC boots Debian's installer from the container: the boot lab's own scenario.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, inject, it } from 'vitest';

import { expectFile, tryCommand } from '@pxe/lab-host';

import { type ContainerRecipe } from '../src/container-recipe.js';
import { preparePod } from '../src/pod/kubelet.js';
import { renderChart } from './chart-pod.js';

const image = inject('image');
const store = inject('store');
const root = inject('root');

it('the bios scenario passes against the container', { timeout: 600_000 }, async () => {
  const bootLab = join(root, 'tooling/boot-lab/dist/main.js');
  const server = join(root, 'tooling/container-lab/dist/container-daemon.js');
  await expectFile(bootLab, 'build it with `npm run build`');
  await expectFile(server, 'build it with `npm run build`');
  const directory = await mkdtemp(join(tmpdir(), 'container-recipe-'));
  try {
    // The boot lab brings the configuration and the network.
    const { pod, manifests } = await renderChart(root, { config: { advertise: 'auto' } });
    const node = { address: '', networkNamespace: '', directory };
    const spec = await preparePod(pod, manifests, image.config, node);
    const recipe: ContainerRecipe = { spec, rootfs: image.rootfs };
    const recipeFile = join(directory, 'recipe.json');
    await writeFile(recipeFile, JSON.stringify(recipe));
    const { exitCode, stdout, stderr } = await tryCommand(
      process.execPath,
      [bootLab, 'bios', '--store', store, '--server', server],
      { env: { ...process.env, CONTAINER_LAB_RECIPE: recipeFile } },
    );
    console.log(stdout);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('1 passed, 0 failed');
  } finally {
    await rm(directory, { recursive: true });
  }
});
