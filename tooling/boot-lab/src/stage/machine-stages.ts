import { LAB_NETWORK } from '../network/lab-network.js';
import { type Stage } from './stage.js';

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
