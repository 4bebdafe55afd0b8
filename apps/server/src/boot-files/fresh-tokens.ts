import { randomBytes } from 'node:crypto';

import { type MemoryContent, textContent } from '../content/content.js';
import { type InstallEntry } from '../hosts/boot-plan.js';
import { type ClientClass } from './settings.js';

/**
 * Placeholders in a cached file for the values that differ from client to client. They are random, so they
 * cannot occur in a file by chance.
 */
const STAND_IN = {
  /** Name of the kernel's folder in `/s/`. In a menu for TFTP, the path does not start with a slash. */
  start: randomBytes(16).toString('hex'),
  token: randomBytes(32).toString('base64url'),
} as const;

/** Folder of the kernels in the menus of armed machines. */
const START_FOLDER = '/s/';

/** Menu of an installation without its secrets, which can be cached. */
export interface Tokenless {
  /** Class of clients, with placeholders in place of the secrets. */
  readonly asking: ClientClass;
  /** Cache key: everything that the file depends on, except the secrets. */
  readonly key: string;
  /** Returns the file with the secrets of this client. */
  fill(file: MemoryContent): MemoryContent;
}

/**
 * Separates the secrets from the plan of an installation, so that its menu can be cached. Each request gets a
 * new token, but rendering a whole menu costs ten times as much as filling in a cached one, and anyone who
 * claims to be an armed machine can request it.
 *
 * @returns undefined if the kernel arguments contain no token
 */
export function tokenless(asking: ClientClass, install: InstallEntry): Tokenless | undefined {
  const { origin, plan } = asking;
  const kernelArgs = install.kernelArgs(origin);
  const token = kernelArgs.split('/p/')[1]?.split('/')[0];
  if (token?.length !== STAND_IN.token.length || plan === undefined) {
    return undefined;
  }
  const standInArgs = kernelArgs.replace(token, STAND_IN.token);
  const kernelFolder = START_FOLDER + STAND_IN.start;
  return {
    asking: {
      ...asking,
      plan: { ...plan, install: { kernelFolder, kernelArgs: () => standInArgs } },
    },
    key: `${plan.host ?? ''} ${plan.title ?? ''} ${standInArgs}`,
    fill: ({ bytes, mediaType }) =>
      textContent(
        new TextDecoder()
          .decode(bytes)
          .replaceAll(STAND_IN.token, token)
          .replaceAll(STAND_IN.start, install.kernelFolder.slice(START_FOLDER.length)),
        mediaType,
      ),
  };
}
