import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, MessageType, NO_ADDRESS } from '../codec/constants.js';
import {
  BROADCAST_ADDRESS,
  type Question,
  respond,
  type ResponderOptions,
  type ResponderResult,
  type Service,
  USE_BOOT_FILE,
} from './responder.js';

const SERVICE: Service = {
  messageTypes: [MessageType.discover],
  answerType: MessageType.offer,
  // The client has no address yet. A relay takes the offer to the client's link (RFC 2131 §4.1).
  destination: ({ relayAddress }) =>
    relayAddress === NO_ADDRESS
      ? { address: BROADCAST_ADDRESS, port: DHCP_CLIENT_PORT }
      : { address: relayAddress, port: DHCP_SERVER_PORT },
  pxeOptions: () => USE_BOOT_FILE,
};

/**
 * ProxyDHCP service (PXE 2.1 §2.2, UEFI 2.10 §24.7): names a boot file to clients that get their address from
 * a DHCP server which names none. Questions are the datagrams that reach UDP port 67.
 *
 * | question                              | answer                                                  |
 * | ------------------------------------- | ------------------------------------------------------- |
 * | DISCOVER of a `PXEClient`             | OFFER without an address: boot file, option 43 `06 01 08` |
 * | DISCOVER of an `HTTPClient`           | OFFER without an address: URL                           |
 * | the same through a relay              | the same, to port 67 of the relay                       |
 * | REQUEST, INFORM, other types          | none: these are for the server that gives addresses     |
 * | anything of U-Boot, an installer, a running system | none                                       |
 *
 * `06 01 08` makes the client load the file that the offer names; it then needs no boot server on port 4011.
 * Firmware that asks there nevertheless gets the same file from a {@link BootServerResponder}.
 */
export class ProxyDhcpResponder {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /**
   * Answers a datagram that has reached UDP port 67.
   *
   * @param now - time in milliseconds, on any clock that does not go back
   * @throws RangeError when `bootFileFor` returns a name with a NUL or a character above U+00FF, or an address
   * that is not IPv4
   */
  receive(question: Question, now: number): ResponderResult {
    return respond(SERVICE, this.#options, question, now);
  }
}
