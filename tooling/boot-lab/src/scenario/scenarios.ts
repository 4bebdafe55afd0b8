import { bios } from './bios.js';
import { uefiSecureBoot } from './uefi-secure-boot.js';
import { type Scenario } from './scenario.js';

/** All scenarios, in the order in which they are worth running. */
export const scenarios: readonly Scenario[] = [bios, uefiSecureBoot];
