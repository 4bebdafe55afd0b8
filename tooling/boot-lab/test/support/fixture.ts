import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the path of a recorded file; see fixtures/README.md. */
export function fixturePath(name: string): string {
  return join(import.meta.dirname, '../fixtures', name);
}

/** Returns a recorded file. */
export function fixture(name: string): Buffer {
  return readFileSync(fixturePath(name));
}
