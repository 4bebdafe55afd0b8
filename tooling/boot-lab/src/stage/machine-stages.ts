import { LabError } from '@pxe/lab-host';

import { LAB_NETWORK } from '../network/lab-network.js';
import { type Stage } from './stage.js';
import { answeredGet } from './transfer-stages.js';

/** Returns a stage that switches the machine on. */
export function powerOn(): Stage {
  return {
    name: 'power on',
    deadlineMs: 10_000,
    async run(boot) {
      await boot.machine.powerOn();
      return boot.machine.program.name;
    },
  };
}

/** Returns a stage that waits until the firmware has an address. */
export function dhcpLease(deadlineMs = 60_000): Stage {
  return {
    name: 'dhcp',
    deadlineMs,
    async run(boot, signal) {
      const { clientAddress, ipv6Prefix } = LAB_NETWORK;
      const address = boot.ipVersion === 4 ? clientAddress : ipv6Prefix;
      const { program, lease } = boot.dhcp;
      const confirmed = (line: string): boolean => lease.test(line) && line.includes(address);
      const { value } = await program.lines.next(0, confirmed, signal);
      return value;
    },
  };
}

/** Returns a stage that presses the machine's reset button. */
export function machineReset(): Stage {
  return {
    name: 'reset',
    deadlineMs: 10_000,
    async run(boot) {
      await boot.machine.reset();
      return boot.machine.program.name;
    },
  };
}

/**
 * Returns a stage that lets some time pass, and fails if the machine meanwhile downloads a file whose path
 * matches.
 */
export function quietFor(path: RegExp, durationMs: number): Stage {
  return {
    name: 'quiet',
    deadlineMs: durationMs + 10_000,
    async run(boot, signal) {
      const time = AbortSignal.timeout(durationMs);
      const asked = await boot.story
        .next(answeredGet(path), AbortSignal.any([signal, time]))
        .catch((error: unknown) => {
          if (time.aborted && !signal.aborted) {
            return undefined;
          }
          throw error;
        });
      if (asked !== undefined) {
        throw new LabError('ERR_LAB_STAGE', `the machine fetched ${asked.path}`);
      }
      return `no request for an image in ${durationMs / 1000} s`;
    },
  };
}
