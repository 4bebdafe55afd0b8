import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
} from '../transfer/retransmission.js';
import { expectInteger, expectNumber } from './option-values.js';

/**
 * Applies the defaults to intervals and timeouts.
 *
 * @throws RangeError when a number is out of range
 */
export function parseRetransmission(
  options: Partial<RetransmissionPolicy> | undefined,
  defaults: RetransmissionPolicy = DEFAULT_RETRANSMISSION_POLICY,
): RetransmissionPolicy {
  const policy = { ...defaults, ...options };
  for (const name of ['initialMs', 'minMs', 'maxMs', 'stallMs'] as const) {
    expectNumber(`retransmission.${name}`, policy[name], { least: 1, orInfinity: true });
  }
  expectNumber('retransmission.finalAckMs', policy.finalAckMs, { least: 0, orInfinity: true });
  expectInteger('retransmission.handshakeSends', policy.handshakeSends, {
    least: 1,
    orInfinity: true,
  });
  return policy;
}
