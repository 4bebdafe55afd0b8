import { machinePath } from './machine-identity.js';

/**
 * Paths of unattended installations:
 *
 * - `/s/<start>/debian/...`: the kernel in the menu of an armed machine; its request is the start
 * - `/p/<token>/preseed.cfg`: the preseed
 * - `/i/<token>/<action>`: scripts of the installer, and the report of its end
 */
const START = /^\/s\/([\da-f]{32})(\/debian\/.*)$/;
const SECRET = /^\/([pi])\/([^/]+)\/([a-z.]+)$/;

/** Request with a token. */
export interface SecretPath {
  readonly use: 'p' | 'i';
  readonly token: string;
  /** Name after the token. */
  readonly name: string;
}

/** Kernel requested from the menu of an armed machine. */
export interface StartPath {
  /** Id of the installation, and then of the menu, in hexadecimal. */
  readonly start: string;
  /** Path of the kernel itself. */
  readonly path: string;
}

/** Reads a path of {@link StartPath}, with or without the identifiers of a machine in front. */
export function startPath(path: string): StartPath | undefined {
  const [, start, rest] = START.exec(machinePath(path).path) ?? [];
  return start === undefined || rest === undefined ? undefined : { start, path: rest };
}

/** Reads a path with a token. */
export function secretPath(path: string): SecretPath | undefined {
  const [, use, token, name] = SECRET.exec(path) ?? [];
  return (use === 'p' || use === 'i') && token !== undefined && name !== undefined
    ? { use, token, name }
    : undefined;
}
