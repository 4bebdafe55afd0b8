import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** Write lock that another process holds. */
export interface HeldLock {
  /** Ends the process, and resolves with its exit code. */
  readonly release: () => Promise<number | null>;
}

/**
 * Holds the write lock of an embedded database in another process, from when this function resolves until the lock
 * is released.
 */
export async function holdLock(file: string): Promise<HeldLock> {
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const program = `
    const db = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(file)});
    db.exec('BEGIN IMMEDIATE');
    console.log('held');
    process.stdin.resume().on('end', () => db.exec('ROLLBACK'));`;
  // The child's input ends with this process at the latest.
  const child = spawn(process.execPath, ['--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    release: async () => {
      child.stdin.end();
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}
