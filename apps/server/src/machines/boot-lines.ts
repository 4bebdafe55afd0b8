import { type LineLimiter } from '../log/line-limiter.js';
import { type Logger } from '../log/logger.js';
import { type BootChange } from './boot-correlator.js';
import { bootSentence, firmwareText, machineName, sharedText } from './boot-text.js';
import { type Sighting } from './sighting.js';

/**
 * Returns a function that logs each boot when its outcome is known. It leaves out boots that other daemons
 * log, and those that may consist only of forged requests, which have separate, rate-limited lines.
 *
 * @param admits - limits the lines, since one host can pretend to be any number of machines
 */
export function bootLines(
  logger: Logger,
  admits: LineLimiter['admits'],
): (change: BootChange) => void {
  return ({ type, boot, isForeign }) => {
    if (
      type !== 'ended' ||
      isForeign === true ||
      !boot.proven ||
      !admits('boot.ended', boot.address, 'boot')
    ) {
      return;
    }
    const { mac, uuid, address, firmware, arch, outcome, diagnosis, startedAt, lastSeenAt } = boot;
    const line = {
      event: 'boot.ended',
      client: address,
      mac,
      uuid,
      firmware,
      arch,
      outcome,
      rule: diagnosis?.rule,
      durationMs: Math.round(lastSeenAt - startedAt),
    };
    const shared = sharedText(boot);
    const who = machineName(boot) === address ? address : `${machineName(boot)} at ${address}`;
    const message = `${who} (${[firmwareText(boot), shared].filter((part) => part !== undefined).join(', ')}): ${bootSentence(boot)}`;
    if (outcome === 'failed' || diagnosis !== undefined) {
      logger.warn(line, message);
    } else {
      logger.info(line, message);
    }
  };
}

/**
 * Returns a function that logs each request at `debug`, with everything from which boots are reconstructed: a
 * boot with a wrong diagnosis can be replayed from these lines.
 */
export function sightingLines(logger: Logger): (sighting: Sighting) => void {
  return (seen) => {
    if (!logger.isLevelEnabled('debug')) {
      return;
    }
    const { transfer: _transfer, ...sighting } = seen;
    logger.debug(
      { event: 'boot.sighting', sighting },
      `${sighting.transport.toUpperCase()} ${sighting.path} to ${sighting.address}: ${sighting.result}`,
    );
  };
}
