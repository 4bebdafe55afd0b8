import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { Journal } from '@pxe/lab-host';

import { type DaemonEvent } from '../daemon/daemon-event.js';
import { type DaemonUnderTest } from '../daemon/daemon-under-test.js';
import { LAB_NETWORK } from '../network/lab-network.js';

/**
 * Returns dnsmasq as a TFTP server for Debian's netboot directory, configured as in Debian's installation
 * guide. Its log is translated to the events of the pxeboot daemon.
 *
 * @param tree - the directory with `pxelinux.0` and `debian-installer/`
 */
export function stockServer(tree: string): DaemonUnderTest {
  return {
    name: 'dnsmasq',
    async start({ namespace, directory }) {
      const log = new Journal<DaemonEvent>();
      const root = await tftpRoot(tree, directory);
      const options = ['--port=0', '--no-daemon', '--conf-file=/dev/null', '--user=root'];
      const tftp = ['--enable-tftp', `--tftp-root=${root}`, `--interface=${LAB_NETWORK.tap}`];
      const program = await namespace.start('dnsmasq', [...options, ...tftp, '--log-facility=-'], {
        name: 'stock dnsmasq',
        logFile: join(directory, 'stock-dnsmasq.log'),
        onLine: (line) => {
          for (const event of readLine(line, root)) {
            log.append(event);
          }
        },
      });
      return { program, log };
    },
  };
}

/**
 * Creates a TFTP root with links to Debian's tree. Shim requests GRUB from the root directory, where the tree
 * has none, so GRUB is linked there, as administrators usually do.
 */
async function tftpRoot(tree: string, directory: string): Promise<string> {
  const root = join(directory, 'tftp-root');
  await mkdir(root);
  for (const name of await readdir(tree)) {
    await symlink(join(tree, name), join(root, name));
  }
  for (const name of ['bootnetx64.efi', 'grubx64.efi']) {
    await symlink(join(tree, 'debian-installer', 'amd64', name), join(root, name));
  }
  return root;
}

function readLine(line: string, root: string): DaemonEvent[] {
  if (line.includes('TFTP root is')) {
    return [{ event: 'serve.ready' }, { event: 'images.ready', generation: 'stock' }];
  }
  const [, path, client] = /: sent (\S+) to (\S+)$/.exec(line) ?? [];
  if (path === undefined || client === undefined) {
    return [];
  }
  const file = path.startsWith(root) ? path.slice(root.length) : path;
  return [{ event: 'tftp.transfer', file, client, outcome: 'completed', bytes: 0, sent: 0 }];
}
