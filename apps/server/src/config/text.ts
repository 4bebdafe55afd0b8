import { isIP } from 'node:net';

import * as z from 'zod';

import { fromHome } from './home.js';

/** Line of text that a boot menu can show: printable ASCII. */
export const menuText = z.string().regex(/^[\x20-\x7e]+$/, 'expected printable ASCII on one line');

/** Line of printable ASCII; may be empty. */
export const printableLine = z
  .string()
  .regex(/^[\x20-\x7e]*$/, 'expected printable ASCII on one line');

/** Address or subnet. */
export const subnet = z.string().refine(isSubnet, {
  message: 'expected an address or a subnet such as 192.0.2.0/24 or 2001:db8::/32',
});

function isSubnet(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) {
    return false;
  }
  if (prefix === undefined) {
    return true;
  }
  if (!/^\d{1,3}$/.test(prefix)) {
    return false;
  }
  return Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Path of a file or directory; `~` is the home directory of this user. */
export const filePath = z.string().min(1).transform(fromHome);
