import {
  DHCP_CLIENT_PORT,
  MessageType,
  NO_ADDRESS,
  OptionCode,
  PxeOptionCode,
} from '../codec/constants.js';
import { type DhcpMessage } from '../codec/message.js';
import { decodeSubOptions } from '../codec/option-list.js';
import { decodePxeBootItem, encodePxeBootItem } from '../codec/pxe-values.js';
import {
  type AnswerContents,
  BROADCAST_ADDRESS,
  type DatagramAddress,
  type Question,
  respond,
  type ResponderOptions,
  type ResponderResult,
  type Service,
} from './responder.js';

/** Highest bit of a layer, which requests credentials. */
const CREDENTIALS = 0x80_00;

const SERVICE: Service = {
  name: 'bootServer',
  messageTypes: [MessageType.request, MessageType.inform],
  answerType: MessageType.ack,
  destination,
  contents,
};

/**
 * PXE Boot Server (PXE 2.1 §2.2.5 and §3): names the boot file of a client that already has an address and
 * asks on UDP port 4011.
 *
 * | question                                      | answer                                        |
 * | --------------------------------------------- | --------------------------------------------- |
 * | REQUEST or INFORM from a `PXEClient`          | ACK: boot file, and the requested boot item, if any |
 * | the same for a later file of a chain          | none: there is only the first                 |
 * | REQUEST or INFORM from an `HTTPClient`        | ACK: URL                                      |
 * | DISCOVER and other types                      | none                                          |
 * | anything from U-Boot under its own name, an installer, a running system | none                |
 *
 * A server identifier (option 54) in the question is ignored: firmware fills in that of its DHCP server,
 * although it asks this server. Credentials are not supported; the answer to a request for them has none.
 */
export class BootServerResponder {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /**
   * Answers a datagram that has reached UDP port 4011.
   *
   * @param now - time in milliseconds, on any clock that does not go back
   * @throws RangeError when `bootFileFor` returns a name with a NUL or a character above U+00FF, or an address
   * that is not IPv4
   */
  receive(question: Question, now: number): ResponderResult {
    return respond(SERVICE, this.#options, question, now);
  }
}

/** Returns the sender of the datagram, since `ciaddr` could name any host. */
function destination({ clientAddress }: DhcpMessage, from: DatagramAddress): DatagramAddress {
  if (from.address !== NO_ADDRESS) {
    return from;
  }
  const address = clientAddress === NO_ADDRESS ? BROADCAST_ADDRESS : clientAddress;
  return { address, port: DHCP_CLIENT_PORT };
}

/** Acknowledges the boot item of a request, if it has one. */
function contents({ options }: DhcpMessage): AnswerContents | 'otherLayer' {
  const value = options.get(OptionCode.vendorSpecific);
  const decoded = value === undefined ? undefined : decodeSubOptions(value);
  const bytes = decoded?.ok === true ? decoded.options.get(PxeOptionCode.bootItem) : undefined;
  const item = bytes === undefined ? undefined : decodePxeBootItem(bytes);
  if (item === undefined) {
    return { pxeOptions: new Map(), isReferral: false };
  }
  if ((item.layer & ~CREDENTIALS) !== 0) {
    return 'otherLayer';
  }
  const acknowledged = encodePxeBootItem({ type: item.type, layer: 0 });
  return { pxeOptions: new Map([[PxeOptionCode.bootItem, acknowledged]]), isReferral: false };
}
