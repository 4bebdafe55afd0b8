// `npm start`: installs and builds if need be, and serves with the data in .pxeboot/ of the checkout. As root,
// everything runs as the checkout's owner.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { checkoutEnvironment, isConfigured } from './checkout-settings.js';
import { environmentOf, otherOwner, withPortsAs } from './owner.js';
import { prepare } from './prepare.js';

const TFTP_PORT = 69;
const FALLBACK_PORT = 6969;

const root = fileURLToPath(new URL('../../', import.meta.url));
const isVerbose = process.argv.includes('--verbose');
const args = process.argv.slice(2).filter((arg) => arg !== '--verbose');
const owner = otherOwner(root);

process.exitCode = (await prepare(root, { isVerbose, owner })) || (await serve());

/** Runs the daemon in the foreground; returns its exit code. */
async function serve() {
  const env = checkoutEnvironment(root, args, process.env);
  const saysWhere = env.PXEBOOT_TFTP_LISTEN || args.some((arg) => arg.startsWith('--tftp-listen'));
  if (!isConfigured(root, args, env) && !saysWhere) {
    const refusal = await refusalOf(TFTP_PORT);
    if (refusal !== undefined) {
      console.error(
        `npm start: UDP port ${TFTP_PORT} cannot be bound (${refusal}); serving TFTP on port ${FALLBACK_PORT} instead.\n` +
          `npm start: boot firmware uses port ${TFTP_PORT} only: for real machines run it as root, or stop the program that uses the port.`,
      );
      env.PXEBOOT_TFTP_LISTEN = `auto:${FALLBACK_PORT}`;
    }
  }
  const command = [process.execPath, `${root}apps/server/dist/main.js`, 'serve', ...args];
  const asOwner = owner && withPortsAs(owner, command);
  if (owner !== undefined && asOwner === undefined) {
    console.error(
      'npm start: setpriv is missing, so the daemon runs as root and its data will be owned by root.',
    );
  }
  const [program, ...rest] = asOwner ?? command;
  const daemon = spawn(program, rest, {
    cwd: root,
    env: asOwner === undefined ? env : environmentOf(owner, env),
    stdio: 'inherit',
  });
  // Ctrl-C in a terminal also reaches the daemon itself; a second signal would end it in mid-transfer.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => daemon.kill('SIGTERM'));
  const [code, signal] = await once(daemon, 'exit');
  return code ?? (signal === null ? 1 : 128);
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
