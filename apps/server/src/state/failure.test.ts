import { describe, expect, it } from 'vitest';

import { StateError, stateFailure, type StateFailureReason } from './failure.js';

function failed(code: string, message = 'x', syscall?: string): Error {
  return Object.assign(new Error(message), { code, ...(syscall !== undefined && { syscall }) });
}

describe('stateFailure', () => {
  it.each<[string, Error, StateFailureReason]>([
    ['a lock', failed('SQLITE_BUSY'), 'locked'],
    ['a full disk', failed('SQLITE_FULL'), 'full'],
    ['a full disk on creation', failed('ENOSPC'), 'full'],
    ['an exhausted quota', Object.assign(failed('UNKNOWN'), { errno: -122 }), 'full'],
    ['a damaged file', failed('SQLITE_CORRUPT'), 'damaged'],
    ['a read-only directory', failed('EROFS'), 'permission'],
    ['a file that belongs to another user', failed('SQLITE_CANTOPEN'), 'permission'],
    ['a directory that does not exist', failed('ENOENT', 'x', 'open'), 'missing'],
    ['a directory that is a file', failed('ENOTDIR', 'x', 'open'), 'missing'],
    ['a directory that belongs to another user', failed('EACCES', 'x', 'open'), 'permission'],
    ['a failing disk', failed('EIO', 'x', 'open'), 'damaged'],
    ['a PostgreSQL socket that does not exist', failed('ENOENT', 'x', 'connect'), 'unreachable'],
    ['a PostgreSQL socket that denies us access', failed('EACCES', 'x', 'connect'), 'unreachable'],
    ['a closed port', failed('ECONNREFUSED'), 'unreachable'],
    ['PostgreSQL shutting down', failed('57P01'), 'unreachable'],
    ['too many connections', failed('53300'), 'unreachable'],
    ['a full disk on the PostgreSQL server', failed('53100'), 'full'],
    ['a wrong password', failed('28P01'), 'refused'],
    ['a database that is missing', failed('3D000'), 'refused'],
    ['a table that belongs to another user', failed('42501'), 'refused'],
    ['a PostgreSQL standby', failed('25006'), 'read-only'],
    ['a PostgreSQL lock', failed('55P03'), 'locked'],
    ['a connection that ends', new Error('Connection terminated unexpectedly'), 'unreachable'],
    ['a slow statement', new Error('Query read timeout'), 'unreachable'],
    ['an error of its own', new StateError('newer', 'x'), 'newer'],
    ['a mistake in SQL', failed('SQLITE_ERROR'), 'unknown'],
    ['an error without a code', failed(''), 'unknown'],
  ])('recognises %s', (_title, error, reason) => {
    expect(stateFailure(error).reason).toBe(reason);
  });

  it('recognises a PostgreSQL whose local socket does not exist', async () => {
    const { createPostgresEngine } = await import('./postgres/postgres-engine.js');
    const engine = createPostgresEngine('postgres:///pxeboot?host=/nonexistent');
    const error = await engine.usedBytes().catch((reason: unknown) => reason);
    await engine.close();
    expect(error).toMatchObject({ code: 'ENOENT', syscall: 'connect' });
    expect(stateFailure(error).reason).toBe('unreachable');
  });

  it('describes what happened and what to do', () => {
    expect(stateFailure(failed('SQLITE_FULL', 'database or disk is full'))).toEqual({
      reason: 'full',
      cause: 'database or disk is full',
      fix: 'free some space',
      isPermanent: false,
    });
    expect(stateFailure('odd')).toMatchObject({ cause: 'odd', reason: 'unknown' });
  });

  it('gives up only if a restart is the only remedy', () => {
    expect(stateFailure(new StateError('no-binary', 'x')).isPermanent).toBe(true);
    expect(stateFailure(new StateError('newer', 'x')).isPermanent).toBe(true);
    expect(stateFailure(new StateError('temporary', 'x')).isPermanent).toBe(false);
    expect(stateFailure(new StateError('other-daemon', 'x')).isPermanent).toBe(false);
  });
});
