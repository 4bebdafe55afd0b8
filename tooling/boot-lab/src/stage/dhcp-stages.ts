import { LabError } from '@pxe/lab-host';

import { LAB_NETWORK } from '../network/lab-network.js';
import { type Stage } from './stage.js';

/**
 * Returns a stage that waits until the daemon has named a boot file to the machine through ProxyDHCP.
 */
export function bootFileNamed(file: RegExp, deadlineMs = 60_000): Stage {
  return {
    name: 'proxy dhcp',
    deadlineMs,
    async run(boot, signal) {
      return boot.story.next(
        (event) =>
          event.event === 'dhcp.answered' &&
          event.service === 'proxyDhcp' &&
          event.mac === LAB_NETWORK.clientMac &&
          file.test(event.file)
            ? event.file
            : undefined,
        signal,
      );
    },
  };
}

/**
 * Returns a stage that waits until the ProxyDHCP service of the scenario has named a boot file.
 *
 * @param file - as in the log of dnsmasq
 */
export function bootFileNamedByProxy(file: string): Stage {
  return {
    name: 'proxy dhcp',
    deadlineMs: 60_000,
    async run({ dhcpProxy }, signal) {
      if (dhcpProxy === undefined) {
        throw new LabError('ERR_LAB_STAGE', 'the scenario has no ProxyDHCP service');
      }
      const isNamed = (line: string): boolean => line.endsWith(`bootfile name: ${file}`);
      const { value } = await dhcpProxy.program.lines.next(0, isNamed, signal);
      return value;
    },
  };
}
