import { serialText } from './installer-stages.js';
import { type Stage } from './stage.js';

/** Shim says why it does not start what it has loaded. */
export function loaderRefused(deadlineMs = 60_000): Stage {
  const words = /Verification failed|Security Violation|bad signature/i;
  return serialText('refused', words, deadlineMs);
}
