import { inject } from 'vitest';

/** Flags of `pxeboot` that make the host's apt use the mirror on loopback. */
export function aptFlags(): readonly string[] {
  const mirror = inject('debianMirror');
  return ['--source-kind', 'apt', ...(mirror === undefined ? [] : ['--source-url', mirror])];
}
