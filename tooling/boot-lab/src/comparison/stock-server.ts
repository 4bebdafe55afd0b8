import { join } from 'node:path';

import { type DaemonEvent } from '../daemon/daemon-event.js';
import { type DaemonUnderTest } from '../daemon/daemon-under-test.js';
import { LAB_NETWORK } from '../network/namespace.js';
import { Journal } from '../process/journal.js';
import { startProgram } from '../process/program.js';

/**
 * dnsmasq as a TFTP server of Debian's netboot directory, as its installation guide has it. What it
 * logs is told in the words of the daemon that takes its place.
 *
 * @param tree the directory with `pxelinux.0` and `debian-installer/`
 */
export function stockServer(tree: string): DaemonUnderTest {
  return {
    name: 'dnsmasq',
    async start({ namespace, directory }) {
      const log = new Journal<DaemonEvent>();
      const options = ['--port=0', '--no-daemon', '--conf-file=/dev/null', '--user=root'];
      const tftp = ['--enable-tftp', `--tftp-root=${tree}`, `--interface=${LAB_NETWORK.tap}`];
      const program = await startProgram({
        name: 'stock dnsmasq',
        ...namespace.inside('dnsmasq', [...options, ...tftp, '--log-facility=-']),
        logFile: join(directory, 'stock-dnsmasq.log'),
        onLine: (line) => {
          for (const event of readLine(line, tree)) log.append(event);
        },
      });
      return { program, log };
    },
  };
}

function readLine(line: string, tree: string): DaemonEvent[] {
  if (line.includes('TFTP root is')) {
    return [{ event: 'serve.ready' }, { event: 'images.ready', generation: 'stock' }];
  }
  const [, path, client] = /: sent (\S+) to (\S+)$/.exec(line) ?? [];
  if (path === undefined || client === undefined) return [];
  const file = path.startsWith(tree) ? path.slice(tree.length) : path;
  return [{ event: 'tftp.transfer', file, client, outcome: 'completed', bytes: 0 }];
}
