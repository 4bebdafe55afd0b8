import { machinePath } from './machine-identity.js';

/**
 * Paths of unattended installations:
 *
 * - `/s/<start>/debian/...`: the kernel in the menu of an armed machine; requesting it starts the installation
 * - `/p/<token>/preseed.cfg`: the preseed
 * - `/i/<token>/<action>`: scripts of the installer, and the report that it has finished
 */
const START = /^\/s\/([\da-f]{32})(\/debian\/.*)$/;
const SECRET = /^\/([pi])\/([^/]+)\/([a-z.]+)$/;

/** Parts of a path with a token. */
export interface SecretPath {
  readonly use: 'p' | 'i';
  readonly token: string;
  /** Last part of the path, which names the requested file or action. */
  readonly name: string;
}

/** Parts of the path of a kernel in the menu of an armed machine. */
export interface StartPath {
  /** Id of the installation followed by the id of the menu, both in hexadecimal. */
  readonly start: string;
  /** Path of the kernel itself. */
  readonly path: string;
}

/**
 * Parses the path of a kernel in the menu of an armed machine, with or without the machine's identifiers
 * before it; returns undefined for any other path.
 */
export function startPath(path: string): StartPath | undefined {
  const [, start, rest] = START.exec(machinePath(path).path) ?? [];
  return start === undefined || rest === undefined ? undefined : { start, path: rest };
}

/** Parses a path with a token; returns undefined for any other path. */
export function secretPath(path: string): SecretPath | undefined {
  const [, use, token, name] = SECRET.exec(path) ?? [];
  return (use === 'p' || use === 'i') && token !== undefined && name !== undefined
    ? { use, token, name }
    : undefined;
}
