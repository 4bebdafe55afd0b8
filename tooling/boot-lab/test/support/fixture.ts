import { readFileSync } from 'node:fs';

/** Returns a recorded file; see fixtures/README.md. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}
