import { type Boot, type Diagnosis } from '../boot.js';
import { BROKEN_CHAIN_RULES } from './broken-chain.js';
import { REFUSED_RULES } from './refused.js';
import { evidenceOf, type Rule } from './rule.js';
import { STALE_RULES } from './stale.js';
import { WRONG_FILE_RULES } from './wrong-file.js';

/** Every rule, from the most certain to the least. */
export const RULES: readonly Rule[] = [
  ...REFUSED_RULES,
  ...WRONG_FILE_RULES,
  ...BROKEN_CHAIN_RULES,
  ...STALE_RULES,
];

/**
 * Returns the reason why a boot failed, according to the first rule that matches; undefined for a boot
 * without problems or whose failure matches no rule.
 *
 * @param isQuiet - true if the machine has been silent for a minute
 */
export function diagnose(boot: Boot, isQuiet: boolean): Diagnosis | undefined {
  for (const { name, find } of RULES) {
    const finding = find(boot, isQuiet);
    if (finding !== undefined) {
      return { rule: name, evidence: boot.refused.map(evidenceOf), ...finding };
    }
  }
  return undefined;
}
