import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { LabError, runMain } from '@pxe/lab-host';

import { parseCommandLine, usage } from './command-line.js';
import { builtDaemon } from './daemon/built-daemon.js';
import { runLab } from './run-lab.js';
import { scenarios } from './scenario/scenarios.js';

/** Root of the repository, relative to dist/. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const defaults = {
  store: resolve(root, '.pxeboot'),
  server: resolve(root, 'apps/server/dist/main.cjs'),
};

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    interruption.abort(new LabError('ERR_LAB_INTERRUPTED', `stopped by ${name}`));
  });
}

await runMain(async () => {
  const command = parseCommandLine(process.argv.slice(2), scenarios, defaults);
  if (command.kind === 'help') {
    console.log(usage(scenarios, defaults));
    return 0;
  }
  const daemon = builtDaemon(resolve(command.server));
  const options = { ...command, store: resolve(command.store), cli: defaults.server, daemon };
  return (await runLab(options, interruption.signal)) === 0 ? 0 : 1;
});
