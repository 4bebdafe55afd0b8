import { type Boot, stageOf } from '../boot.js';
import { type Finding, finding, type Rule } from './rule.js';

/** Rules about installers that start, but cannot finish. */
export const STALE_RULES: readonly Rule[] = [
  {
    name: 'stale-image',
    find(boot: Boot): Finding | undefined {
      const kernel = stageOf(boot, 'kernel');
      const hasBoth = [kernel, stageOf(boot, 'initrd')].every(
        (file) => file?.result === 'delivered',
      );
      return kernel?.isStale === true && hasBoth
        ? finding(
            {
              cause: `the archive no longer has the modules for the kernel of ${kernel.path}, so the installer will report "No kernel modules were found"`,
              fix: 'Run "pxeboot sync" for the current installer, and start the machine again.',
            },
            kernel,
          )
        : undefined;
    },
  },
];
