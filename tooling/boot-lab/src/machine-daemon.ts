// Stands in for `apps/server/dist/main.cjs`: `node machine-daemon.js serve --config FILE` boots Debian with systemd in the
// caller's network namespace, runs the commands that start pxeboot there, and prints its log until a signal arrives.
// BOOT_LAB_MACHINE names the file with the recipe.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parse, stringify } from 'yaml';

import { bootMachine, openNamespace, readMachineRecipe, runCommand } from '@pxe/lab-host';

const { values } = parseArgs({ options: { config: { type: 'string' } }, allowPositionals: true });
if (values.config === undefined) {
  throw new Error('usage: BOOT_LAB_MACHINE=FILE machine-daemon.js serve --config FILE');
}
const recipe = await readMachineRecipe();
const { dataDir, ...settings } = parse(readFileSync(values.config, 'utf8')) as { dataDir: string };

// The lab reads the log as JSON. Debian shares the host's processors, so it may take long to press a key.
const configuration = stringify({ ...settings, log: { format: 'json' }, menu: { timeout: 300 } });
writeFileSync(join(recipe.system, 'root/pxeboot.yaml'), configuration);

const namespace = openNamespace((await runCommand('ip', ['netns', 'identify'])).trim());
const machine = await bootMachine(recipe.system, namespace, {
  nspawn: [...recipe.nspawn, `--bind=${dataDir}:${recipe.storeAt}`],
  // `ip netns exec` hides the control groups from this process, but not from its parent.
  mountNamespace: `/proc/${process.ppid}/ns/mnt`,
});
for (const script of recipe.start) {
  await machine.output(script);
}
const log = await machine.start(recipe.log, {
  onLine: (line) => process.stdout.write(`${line}\n`),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // Also ends the log.
  process.on(signal, () => void machine[Symbol.asyncDispose]());
}
await log.exited;
await machine[Symbol.asyncDispose]();
