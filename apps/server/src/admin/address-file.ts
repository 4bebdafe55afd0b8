import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';

import { formatListenAddress } from '../config/listen-address.js';

/** Addresses of sockets that accept connections to any address of the host. */
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/**
 * Writes the address of the admin plane into a file, as `127.0.0.1:9069`, for programs on the same host that
 * cannot read the configuration. An existing file is replaced, and a symbolic link is not followed.
 *
 * @throws Error with a `code` when the file cannot be written
 */
export async function writeAddressFile(path: string, bound: AddressInfo): Promise<void> {
  const address = EVERY_ADDRESS.includes(bound.address) ? '127.0.0.1' : bound.address;
  await rm(path, { force: true });
  const text = `${formatListenAddress({ address, port: bound.port })}\n`;
  await writeFile(path, text, { flag: 'wx', mode: 0o644 });
}
