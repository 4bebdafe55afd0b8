import { randomBytes } from 'node:crypto';

import { type MemoryContent, textContent } from '../content/content.js';
import { type InstallEntry } from '../hosts/boot-plan.js';
import { type ClientClass } from './settings.js';

/** Values that a cached file has where each client gets its own. They are random, so no file contains them. */
const STAND_IN = {
  kernelFolder: `/s/${randomBytes(16).toString('hex')}`,
  token: randomBytes(32).toString('base64url'),
} as const;

/** Menu of an installation without its secrets, which can be cached. */
export interface Tokenless {
  /** The same class of clients, for which a file is rendered without the secrets. */
  readonly asking: ClientClass;
  /** Key in a cache: everything but the secrets that the file depends on. */
  readonly key: string;
  /** Returns the file with the secrets of this client. */
  fill(file: MemoryContent): MemoryContent;
}

/**
 * Splits the secrets off the plan of an installation: each request gets a new token, and to render a whole
 * menu for it would cost ten times as much as one from the cache, for anyone who names an armed machine.
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
  const { kernelFolder } = STAND_IN;
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
          .replaceAll(STAND_IN.kernelFolder, install.kernelFolder),
        mediaType,
      ),
  };
}
