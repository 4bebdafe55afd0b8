import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { checkHost, expectFile, runMain } from '@pxe/lab-host';

import { attacks } from './attack/attacks.js';
import { type LabCommand, parseCommandLine, usage } from './command-line.js';
import { markdownTable } from './report/markdown-table.js';
import { runLab } from './run-lab.js';

const PROGRAMS = [
  { what: 'cc', packages: ['gcc'] },
  { what: 'curl', packages: ['curl'] },
  { what: 'gpg', packages: ['gnupg'] },
  { what: 'hping3', packages: ['hping3'] },
  { what: 'ip', packages: ['iproute2'] },
  { what: 'mount', packages: ['mount'] },
  { what: 'nft', packages: ['nftables'] },
  { what: 'prlimit', packages: ['util-linux'] },
  { what: 'slowhttptest', packages: ['slowhttptest'] },
  { what: 'sysctl', packages: ['procps'] },
  { what: 'tftp', packages: ['tftp-hpa'] },
  { what: 'wrk', packages: ['wrk'] },
];

/** Root of the repository, relative to dist/. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const defaultDaemon = resolve(root, 'apps/server/dist/main.cjs');

await runMain(async () => {
  const command = parseCommandLine(process.argv.slice(2), attacks, defaultDaemon);
  if (command === undefined) {
    console.log(usage(attacks, defaultDaemon));
    return 0;
  }
  return attackAndReport(command);
});

/**
 * Runs the attacks, and prints the report.
 *
 * @returns the exit code: 1 when a target is missed or an attack could not be run
 */
async function attackAndReport(command: LabCommand): Promise<number> {
  await checkHost('the attack lab', PROGRAMS);
  for (const build of [command.daemon, command.compare]) {
    if (build !== undefined) {
      await expectFile(build, 'build it with `npm run build`');
    }
  }
  endInOrder();
  const { columns, missed, broken } = await runLab(command);
  const [processor] = cpus();
  console.log(
    `${cpus().length} x ${processor?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}, ` +
      `${new Date().toISOString().slice(0, 10)}, profile ${command.profile}\n`,
  );
  console.log(markdownTable(columns, command.margin));
  for (const title of missed) {
    console.error(`MISSED  ${title}`);
  }
  for (const problem of broken) {
    console.error(`NOT RUN ${problem}`);
  }
  return missed.length + broken.length === 0 ? 0 : 1;
}

/**
 * Ends the lab's programs when the lab is interrupted: the attacks then fail, and everything is
 * cleaned up.
 */
function endInOrder(): void {
  const script = `for ns in $(ip netns list | cut -d ' ' -f 1 | grep '^attack-lab-${process.pid}-'); do
  kill -KILL $(ip netns pids "$ns") 2>/dev/null || true
  ip netns delete "$ns"
done`;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      execFileSync('sh', ['-c', script]);
      process.exit(1);
    });
  }
}
