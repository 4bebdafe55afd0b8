import { serialText } from './installer-stages.js';
import { type Stage } from './stage.js';

/** Returns a stage that waits until shim reports why it does not start the program that it loaded. */
export function loaderRefused(deadlineMs = 60_000): Stage {
  const words = /Verification failed|Security Violation|bad signature/i;
  return serialText('refused', words, deadlineMs);
}
