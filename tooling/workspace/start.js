// `npm start`: installs and builds if need be, and serves with the data in .pxeboot/ of the checkout. As root,
// everything runs as the checkout's owner.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { checkoutEnvironment, isConfigured } from './checkout-settings.js';
import { runInForeground } from './foreground.js';
import './node-version.js';
import { environmentOf, otherOwner, withPortsAs } from './owner.js';
import { prepare } from './prepare.js';

const TFTP_PORT = 69;
const FALLBACK_PORT = 6969;

const root = fileURLToPath(new URL('../../', import.meta.url));
const isVerbose = process.argv.includes('--verbose');
const args = process.argv.slice(2).filter((arg) => arg !== '--verbose');
const owner = otherOwner(root);
const program = `${root}apps/server/dist/main.cjs`;

process.exitCode = (await prepare(root, { isVerbose, owner })) || (await serve());

/** Runs the daemon in the foreground; returns its exit code. */
async function serve() {
  const env = checkoutEnvironment(root, args, process.env);
  const saysWhere = env.PXEBOOT_TFTP_LISTEN || args.some((arg) => arg.startsWith('--tftp-listen'));
  if (!isConfigured(root, args, env) && !saysWhere) {
    const refusal = await refusalOf(TFTP_PORT);
    // Next to a running pxeboot, the daemon says which process that is, and ends.
    if (refusal !== undefined && !(refusal === 'EADDRINUSE' && isRunning(env))) {
      console.error(
        `npm start: UDP port ${TFTP_PORT} cannot be bound (${refusal}); serving TFTP on port ${FALLBACK_PORT} instead.\n` +
          `npm start: boot firmware uses port ${TFTP_PORT} only: for real machines, ${remedyFor(refusal)}.`,
      );
      env.PXEBOOT_TFTP_LISTEN = `auto:${FALLBACK_PORT}`;
    }
  }
  const command = [process.execPath, program, 'serve', ...args];
  const asOwner = owner && withPortsAs(owner, command);
  if (owner !== undefined && asOwner === undefined) {
    console.error(
      'npm start: setpriv is missing, so the daemon runs as root and its data will be owned by root.',
    );
  }
  console.error('npm start: starting the server');
  return runInForeground(asOwner ?? command, {
    cwd: root,
    env: asOwner === undefined ? env : environmentOf(owner, env),
    stdio: 'inherit',
  });
}

/** Returns true if a pxeboot answers where this one would. */
function isRunning(env) {
  const { stdout } = spawnSync(process.execPath, [program, 'health', '--json'], { env });
  return stdout.length > 0;
}

/** Returns the remedy if port 69 cannot be bound for the given reason. */
function remedyFor(refusal) {
  return refusal === 'EADDRINUSE'
    ? `stop the program that uses it (find it with "sudo ss -lnup sport = ${TFTP_PORT}")`
    : 'run "sudo npm start"';
}

/** Returns the system's reason why a UDP port cannot be bound; undefined if it can. */
async function refusalOf(port) {
  const socket = createSocket('udp4');
  try {
    socket.bind(port);
    await once(socket, 'listening');
    return undefined;
  } catch (error) {
    return error.code;
  } finally {
    socket.close();
  }
}
