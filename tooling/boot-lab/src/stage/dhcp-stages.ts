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
