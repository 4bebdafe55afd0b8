import { type ServerConfig } from './schema.js';

/**
 * Returns the paths of the files that a configuration refers to, by key. A reload reads them again.
 */
export function namedFiles({ admin, source }: ServerConfig): ReadonlyMap<string, string> {
  const paths = [
    ['admin.tokenFile', admin.tokenFile],
    ['admin.readTokenFile', admin.readTokenFile],
    ['source.ca', source.ca],
    ['source.keyring', source.keyring],
  ] as const;
  return new Map(
    paths.flatMap(([key, path]) => (path === undefined ? [] : [[key, path] as const])),
  );
}
