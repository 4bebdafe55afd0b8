import { MessageType, NO_ADDRESS, OptionCode } from '../codec/constants.js';
import { type DhcpMessage } from '../codec/message.js';
import { addressesOption, macOf, messageTypeOf } from '../codec/option-values.js';

/** Client's request for a lease that a DHCP server has offered. */
export interface LeaseRequest {
  /** Hardware address of the client, as in `52:54:00:12:34:56`. */
  readonly mac: string;
  /** IPv4 address of the DHCP server that the client has chosen (option 54). */
  readonly server: string;
  /** IPv4 address that the client requests (option 50); undefined if it names none. */
  readonly requested: string | undefined;
}

/**
 * Reads the request from a client that chooses the lease of a server (RFC 2131 §4.3.2). Clients send it by
 * broadcast, so everybody learns which server gives addresses.
 *
 * @returns undefined for any other message
 */
export function readLeaseRequest(message: DhcpMessage): LeaseRequest | undefined {
  const { operation, options, clientAddress } = message;
  const server = addressesOption(options, OptionCode.serverIdentifier)?.[0];
  if (
    operation !== 'request' ||
    messageTypeOf(options) !== MessageType.request ||
    clientAddress !== NO_ADDRESS ||
    server === undefined
  ) {
    return undefined;
  }
  const requested = addressesOption(options, OptionCode.requestedAddress)?.[0];
  return { mac: macOf(message), server, requested };
}
