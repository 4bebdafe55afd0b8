import { LabError } from '@pxe/lab-host';

import { LAB_NETWORK } from '../network/lab-network.js';
import { type Stage } from './stage.js';
import { answeredGet } from './transfer-stages.js';

/** The machine is switched on. */
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

/** The firmware has an address. */
export function dhcpLease(deadlineMs = 60_000): Stage {
  return {
    name: 'dhcp',
    deadlineMs,
    async run(boot, signal) {
      const { clientAddress, clientMac } = LAB_NETWORK;
      const acknowledged = (line: string): boolean =>
        line.includes('DHCPACK') && line.includes(clientAddress) && line.includes(clientMac);
      await boot.dhcp.lines.next(0, acknowledged, signal);
      return clientAddress;
    },
  };
}

/** Somebody presses the reset button. */
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

/** The machine does not ask for a file for some time, although it might. */
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
