/** Reason why the database is not in use. */
export type StateFailureReason =
  | 'other-daemon'
  | 'no-binary'
  | 'no-threads'
  | 'newer'
  | 'locked'
  | 'full'
  | 'damaged'
  | 'permission'
  | 'not-owned'
  | 'missing'
  | 'temporary'
  | 'unreachable'
  | 'refused'
  | 'read-only'
  | 'unknown';

/** Explanation of a failure of the database. */
export interface StateFailure {
  readonly reason: StateFailureReason;
  readonly cause: string;
  /** Fix, in the imperative. */
  readonly fix: string;
  /** True if only a restart can help. */
  readonly isPermanent: boolean;
}

/** State error that names its own reason. For all other errors, the reason is derived from their code or message. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: 'ERR_PXEBOOT_STATE';
  readonly reason: StateFailureReason;

  constructor(reason: StateFailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = 'ERR_PXEBOOT_STATE';
    this.reason = reason;
  }
}

const FIXES: Readonly<Record<StateFailureReason, string>> = {
  'other-daemon': 'stop the other daemon, or give this one its own dataDir',
  'no-binary':
    'install the optional package libsql for this platform, or set state.url to a PostgreSQL database',
  'no-threads':
    'raise the thread limit: "ulimit -u", LimitNPROC= or TasksMax= in a systemd unit, or pids.max for a container',
  newer: 'run that version again, or move the database away',
  locked: 'stop the program that holds the lock',
  full: 'free some space',
  damaged: 'check the disk',
  permission: 'let the user of this daemon write to dataDir',
  'not-owned': 'make root the owner of the file, or run as its owner',
  missing: 'check that dataDir is an existing directory',
  temporary: 'set TMPDIR to a directory that this user can write to',
  unreachable: 'check state.url, and that PostgreSQL is running and reachable',
  refused: 'check the user, the password and the database of state.url',
  'read-only': 'set state.url to the primary PostgreSQL server, not a standby',
  unknown: 'check dataDir and state.url',
};

/** Reasons for SQLite's result codes, in libsql's spelling. */
const SQLITE: readonly (readonly [RegExp, StateFailureReason])[] = [
  [/^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/, 'locked'],
  [/^SQLITE_FULL/, 'full'],
  [/^SQLITE_(?:CORRUPT|NOTADB)/, 'damaged'],
  [/^SQLITE_(?:READONLY|PERM|AUTH|CANTOPEN)/, 'permission'],
];

/** Number of the error of an exhausted disk quota on Linux; Node.js has no name for it. */
const EDQUOT = -122;

/** Reasons for the system's error codes, except those of {@link connects}. */
const SYSTEM: ReadonlyMap<string, StateFailureReason> = new Map([
  ['ENOSPC', 'full'],
  ['EACCES', 'permission'],
  ['EPERM', 'permission'],
  ['EROFS', 'permission'],
  ['ENOENT', 'missing'],
  ['ENOTDIR', 'missing'],
  ['EIO', 'damaged'],
  ['ECONNREFUSED', 'unreachable'],
  ['ECONNRESET', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['EAI_AGAIN', 'unreachable'],
  ['ETIMEDOUT', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EPIPE', 'unreachable'],
  ['ERR_WORKER_INIT_FAILED', 'no-threads'],
]);

/** Reasons for PostgreSQL's SQLSTATE codes: connections, resources, locks and credentials. */
const POSTGRES: readonly (readonly [RegExp, StateFailureReason])[] = [
  [/^(?:08|57)[\dA-Z]{3}$/, 'unreachable'],
  [/^53100$/, 'full'],
  [/^53[\dA-Z]{3}$/, 'unreachable'],
  [/^55P03$/, 'locked'],
  [/^(?:28|3D|42501)[\dA-Z]{0,3}$/, 'refused'],
  [/^25006$/, 'read-only'],
];

/** Returns a failure that explains a database error. */
export function stateFailure(error: unknown): StateFailure {
  const reason = reasonOf(error);
  return {
    reason,
    cause: error instanceof Error ? error.message : String(error),
    fix: FIXES[reason],
    isPermanent: reason === 'no-binary' || reason === 'newer',
  };
}

function reasonOf(error: unknown): StateFailureReason {
  if (error instanceof StateError) {
    return error.reason;
  }
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown };
  if (connects(error)) {
    return 'unreachable';
  }
  if (errno === EDQUOT) {
    return 'full';
  }
  if (typeof code === 'string' && code !== '') {
    const rule = [...SQLITE, ...POSTGRES].find(([pattern]) => pattern.test(code));
    return rule?.[1] ?? SYSTEM.get(code) ?? 'unknown';
  }
  // pg has no error codes for its own timeouts and for a connection that ends.
  return /timeout|timed out|terminat|connection (?:ended|closed)/i.test(String(message))
    ? 'unreachable'
    : 'unknown';
}

/**
 * Returns true for an error in connecting to PostgreSQL. Since its socket may be a Unix socket, the error codes
 * may be the same as those of file operations.
 */
function connects(error: unknown): boolean {
  return (error as { syscall?: unknown } | null)?.syscall === 'connect';
}
