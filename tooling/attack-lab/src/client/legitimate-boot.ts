import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { imagePath } from '../store/lab-store.js';
import { type ClientNetwork, downloadByHttp, downloadByTftp } from './downloads.js';

/** Files that a BIOS machine loads over TFTP, in order. */
const TFTP_FILES = ['lpxelinux.0', 'ldlinux.c32', 'pxelinux.cfg/default'];
/** Files that lpxelinux then loads over HTTP. */
const HTTP_FILES = ['linux', 'initrd.gz'];

/**
 * Downloads the files of a boot as firmware would: the loader and menu with tftp-hpa, then kernel
 * and initrd with curl. Each client has its own timeouts, and no step is tried twice.
 *
 * @returns the step that failed, with the client's own message; undefined if all succeeded
 */
export async function bootOnce(network: ClientNetwork): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'attack-lab-boot-'));
  try {
    const file = join(directory, 'file');
    for (const name of TFTP_FILES) {
      const failure = await downloadByTftp(network, name, file);
      if (failure !== undefined) {
        return `TFTP ${name}: ${failure}`;
      }
      if ((await stat(file)).size === 0) {
        return `TFTP ${name}: empty`;
      }
      await rm(file);
    }
    for (const name of HTTP_FILES) {
      const path = imagePath('trixie', 'text', name);
      const failure = await downloadByHttp(network, path, '/dev/null');
      if (failure !== undefined) {
        return `HTTP ${name}: ${failure}`;
      }
    }
    return undefined;
  } finally {
    await rm(directory, { recursive: true });
  }
}
