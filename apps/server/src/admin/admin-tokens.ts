import { createHash, timingSafeEqual } from 'node:crypto';

import { fileReason } from '../config/file-reason.js';
import { readNamedFile } from '../config/named-files.js';
import { MIN_TOKEN_LENGTH, type ServerConfig } from '../config/schema.js';
import { ConfigError } from '../errors.js';

/** Tokens of the admin interface. */
export interface AdminTokens {
  /** Allows reads and changes. */
  readonly token?: string | undefined;
  /** Allows only reads. */
  readonly readToken?: string | undefined;
}

/**
 * Returns the tokens, from the `admin` settings or from their files.
 *
 * @throws {@link ConfigError} when a file cannot be read or contains no usable token, or both tokens are
 *   equal
 */
export async function adminTokens(
  settings: Pick<ServerConfig['admin'], 'token' | 'tokenFile' | 'readToken' | 'readTokenFile'>,
): Promise<AdminTokens> {
  const { tokenFile, readTokenFile } = settings;
  const token =
    tokenFile === undefined ? settings.token : await tokenIn('admin.tokenFile', tokenFile);
  const readToken =
    readTokenFile === undefined
      ? settings.readToken
      : await tokenIn('admin.readTokenFile', readTokenFile);
  if (token !== undefined && token === readToken) {
    throw problem('admin.readToken', 'must differ from admin.token, which also allows changes');
  }
  return { token, readToken };
}

async function tokenIn(key: string, path: string): Promise<string> {
  let text: string;
  try {
    text = (await readNamedFile(path)).toString('utf8');
  } catch (error) {
    throw problem(key, `cannot read ${path}: ${fileReason(error)}`);
  }
  const token = text.trim();
  if (token.length < MIN_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token)) {
    throw problem(
      key,
      `expected at least ${MIN_TOKEN_LENGTH} printable ASCII characters without spaces in ${path}`,
    );
  }
  return token;
}

function problem(key: string, message: string): ConfigError {
  return new ConfigError([{ key, source: '', message }]);
}

/**
 * Rights of a request: those of its token, or of the control socket, which only the user of the daemon and
 * root can open.
 */
export type Rights = 'read' | 'full' | 'socket';

/**
 * Returns the rights that an `Authorization` header gives; undefined if the header contains neither token.
 */
export function rightsOf(
  header: string | undefined,
  { token, readToken }: AdminTokens,
): 'read' | 'full' | undefined {
  if (header === undefined) {
    return undefined;
  }
  // Both tokens are always compared, so that timing does not reveal which one matches.
  const isFull = token !== undefined && carries(header, token);
  const isRead = readToken !== undefined && carries(header, readToken);
  return isFull ? 'full' : isRead ? 'read' : undefined;
}

/**
 * Returns true if the header carries the token. Compares digests, so that timing reveals neither the token
 * nor its length.
 */
function carries(header: string, token: string): boolean {
  return timingSafeEqual(digest(header.replace(/^Bearer /i, '')), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
