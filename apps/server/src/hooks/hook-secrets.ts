import { stat } from 'node:fs/promises';

import { fileReason } from '../config/file-reason.js';
import { type HookSettings } from '../config/hooks.js';
import { readNamedFile } from '../config/named-files.js';
import { ConfigError } from '../errors.js';

/** Minimum length of a key, in characters. */
const MIN_LENGTH = 16;
/**
 * Permissions that a key file must not have: any for other users, and write permission for its group. On
 * Kubernetes, the group can read such files.
 */
const REFUSED = 0o027;

/** Hook with its signing key. */
export interface Hook extends HookSettings {
  readonly secret: string;
}

/**
 * Reads the keys of hooks.
 *
 * @throws {@link ConfigError} when a file cannot be read, is open to other users, or is too short
 */
export async function hooksWithSecrets(
  settings: readonly HookSettings[],
): Promise<readonly Hook[]> {
  return Promise.all(
    settings.map(async (hook, index) => ({
      ...hook,
      secret: await secretIn(hook.secretFile, `hooks[${index}].secretFile`),
    })),
  );
}

async function secretIn(path: string, key: string): Promise<string> {
  const problem = (message: string): ConfigError => new ConfigError([{ key, source: '', message }]);
  let mode: number;
  let secret: string;
  try {
    ({ mode } = await stat(path));
    secret = (await readNamedFile(path)).toString('utf8').trim();
  } catch (error) {
    throw problem(`cannot read ${path}: ${fileReason(error)}`);
  }
  if ((mode & REFUSED) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    throw problem(`expected mode 0640 or stricter, got ${octal}; run "chmod 640 ${path}"`);
  }
  if (secret.length < MIN_LENGTH) {
    throw problem(`expected at least ${MIN_LENGTH} characters in ${path}`);
  }
  return secret;
}
