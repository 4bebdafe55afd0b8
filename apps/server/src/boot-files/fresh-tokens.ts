import { randomBytes } from 'node:crypto';

import { type MemoryContent, textContent } from '../content/content.js';
import { type BootPlan, type InstallEntry, MENU_PLAN } from '../hosts/boot-plan.js';
import {
  addressStandIn,
  emptied,
  filled,
  type Filling,
  NAME_STAND_IN,
} from '../hosts/stand-ins.js';
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

/** File of a client without what only this client gets, so that it can be cached. */
export interface CacheableFile {
  /** Class of clients, with placeholders in place of the secrets and of what a machine can claim about itself. */
  readonly asking: ClientClass;
  /** Cache key: everything that the file depends on, except what the placeholders stand for. */
  readonly key: string;
  /** Returns the file of this client. */
  fill(file: MemoryContent): MemoryContent;
}

/**
 * Separates from the plan of a client the secrets of an installation, the name of a machine that no host matches,
 * and the address of one whose kernel arguments contain it. Rendering a menu costs ten times as much as filling in
 * a cached one, and anyone can claim to be an armed machine, or any number of unknown ones, at any address.
 *
 * @param address - address of the client
 * @returns undefined if the file cannot be cached: the kernel arguments contain no token
 */
export function cacheable(client: ClientClass, address: string): CacheableFile | undefined {
  const { plan: own = MENU_PLAN } = client;
  const names: Filling[] =
    own.isUnknown === true && own.host !== undefined ? [[NAME_STAND_IN, own.host]] : [];
  const plan = withStandIns(own, names);
  const asking = client.plan === undefined || names.length === 0 ? client : { ...client, plan };
  if (plan.cacheKey !== undefined) {
    return { asking, key: plan.cacheKey, fill: (file) => filledFile(file, names) };
  }
  return plan.install && withoutSecrets(asking, plan, plan.install, names, address);
}

function withoutSecrets(
  asking: ClientClass,
  plan: BootPlan,
  install: InstallEntry,
  names: readonly Filling[],
  address: string,
): CacheableFile | undefined {
  const kernelArgs = install.kernelArgs(asking.origin);
  const token = kernelArgs.split('/p/')[1]?.split('/')[0];
  if (token?.length !== STAND_IN.token.length) {
    return undefined;
  }
  const addresses: readonly Filling[] = [[addressStandIn(address), address]];
  const hasAddress = address !== '' && kernelArgs.includes(address);
  const own = [...names, ...(hasAddress ? addresses : [])];
  const fillings: readonly Filling[] = [
    ...own,
    [STAND_IN.token, token],
    [STAND_IN.start, install.kernelFolder.slice(START_FOLDER.length)],
  ];
  const standInArgs = emptied(kernelArgs.replace(token, STAND_IN.token), own);
  const kernelFolder = START_FOLDER + STAND_IN.start;
  const { host, title, suite, arch, kernelArgs: ownArgs } = plan;
  return {
    asking: {
      ...asking,
      plan: { ...plan, install: { kernelFolder, kernelArgs: () => standInArgs } },
    },
    key: `install ${JSON.stringify([host, title, suite, arch, ownArgs, standInArgs])}`,
    fill: (file) => filledFile(file, fillings),
  };
}

function withStandIns(plan: BootPlan, names: readonly Filling[]): BootPlan {
  if (names.length === 0) {
    return plan;
  }
  const { host, title, cacheKey } = plan;
  return {
    ...plan,
    host: host && emptied(host, names),
    title: title && emptied(title, names),
    cacheKey: cacheKey && emptied(cacheKey, names),
  };
}

function filledFile(file: MemoryContent, fillings: readonly Filling[]): MemoryContent {
  if (fillings.length === 0) {
    return file;
  }
  return textContent(filled(new TextDecoder().decode(file.bytes), fillings), file.mediaType);
}
