// Stands in for `apps/server/dist/main.cjs`: `node container-daemon.js serve --config FILE` runs the daemon in
// its container, in the caller's network namespace, until a signal arrives. CONTAINER_LAB_RECIPE names the
// file with the settings of the container.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import { parse } from 'yaml';

import { type ContainerRecipe } from './container-recipe.js';
import { startContainer } from './runtime/container.js';

const { values } = parseArgs({ options: { config: { type: 'string' } }, allowPositionals: true });
const recipeFile = process.env['CONTAINER_LAB_RECIPE'];
if (recipeFile === undefined || values.config === undefined) {
  throw new Error('usage: CONTAINER_LAB_RECIPE=FILE container-daemon.js serve --config FILE');
}
const { spec, rootfs } = JSON.parse(readFileSync(recipeFile, 'utf8')) as ContainerRecipe;
const { dataDir } = parse(readFileSync(values.config, 'utf8')) as { dataDir: string };

const container = await startContainer(
  {
    ...spec,
    mounts: [
      { source: dirname(values.config), destination: '/etc/pxeboot', readOnly: true },
      { source: dataDir, destination: dataDir, readOnly: false },
    ],
    networkNamespace: `/proc/${process.pid}/ns/net`,
  },
  rootfs,
  {
    onLine: (line) => process.stdout.write(`${line}\n`),
    // `ip netns exec` hides the control groups from this process, but not from its parent.
    mountNamespace: `/proc/${process.ppid}/ns/mnt`,
  },
);
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => void container.signal('TERM'));
}
process.exitCode = await container.exited;
await container[Symbol.asyncDispose]();
