import { type ServerConfig } from './schema.js';
import { MAX_FILE_BYTES, readShortFile } from './short-file.js';

/**
 * Returns the paths of the files that a configuration refers to, by key. A reload reads them again.
 */
export function namedFiles({
  admin,
  source,
  profiles = {},
  hooks = [],
}: ServerConfig): ReadonlyMap<string, string> {
  const paths = [
    ['admin.tokenFile', admin.tokenFile],
    ['admin.readTokenFile', admin.readTokenFile],
    ['source.ca', source.ca],
    ['source.keyring', source.keyring],
    ...Object.entries(profiles).flatMap(([name, { file, disk }]) => [
      [`profiles.${name}.file`, file] as const,
      [`profiles.${name}.disk.passphraseFile`, disk?.passphraseFile] as const,
    ]),
    ...hooks.map(({ secretFile }, index) => [`hooks[${index}].secretFile`, secretFile] as const),
  ] as const;
  return new Map(
    paths.flatMap(([key, path]) => (path === undefined ? [] : [[key, path] as const])),
  );
}

/**
 * Reads a file that a configuration refers to.
 *
 * @throws Error with the system's `code`, `EFBIG` when the file has more than 4 MiB, or `EFTYPE` when it is not a
 *   regular file
 */
export async function readNamedFile(path: string): Promise<Buffer> {
  const bytes = await readShortFile(path);
  if (bytes === undefined) {
    throw Object.assign(new Error(`${path} has more than ${MAX_FILE_BYTES} bytes`), {
      code: 'EFBIG',
    });
  }
  return bytes;
}
