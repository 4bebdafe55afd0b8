import { type BootClient } from '../client/boot-client.js';
import { hexText, textBytes } from '../codec/byte-fields.js';
import { type AnswerLimits } from '../responder/answer-limits.js';
import { type DatagramAddress, type UnansweredReason } from '../responder/responder.js';
import { decodeDhcpv6Message, encodeDhcpv6Message } from './codec.js';
import { classifyHttpBootClient } from './http-boot-client.js';
import { DHCPV6_CLIENT_PORT, Dhcpv6MessageType, Dhcpv6OptionCode } from './message.js';

/** Received DHCPv6 datagram, and where it was received. */
export interface Dhcpv6Question {
  /** UDP payload. */
  readonly datagram: Uint8Array;
  /** Source of the datagram; its address may end in a zone, as in `fe80::1%eth0`. */
  readonly from: DatagramAddress;
  /** Name of the link, as in `eth0`; each has its own rate limit. */
  readonly link: string;
}

/** Settings of an {@link HttpBootResponder}. */
export interface HttpBootResponderOptions {
  /** Returns the URL of a client's boot file; undefined leaves the client without an answer. */
  readonly bootUrlFor: (client: BootClient) => string | undefined;
  /** DHCP unique identifier of this server (RFC 8415 §11). */
  readonly serverIdentifier: Uint8Array;
  /** Rate limits, by client identifier and link. */
  readonly limits: AnswerLimits;
}

/** Result of one question: at most one answer. */
export type HttpBootResult =
  | {
      readonly type: 'answered';
      readonly answer: { readonly bytes: Uint8Array<ArrayBuffer>; readonly to: DatagramAddress };
      readonly client: BootClient;
      readonly url: string;
    }
  | {
      readonly type: 'unanswered';
      readonly reason: UnansweredReason;
      /** Sender of the question, if it is known. */
      readonly client?: BootClient;
    };

/** Link-local unicast addresses, `fe80::/10`. */
const LINK_LOCAL = /^fe[89ab][\da-f]:/i;

/** Minimum size of a DHCP unique identifier in bytes, with its type (RFC 8415 §11.1). */
const MIN_IDENTIFIER_BYTES = 3;

/** Maximum size of a DHCP unique identifier in bytes, with its type (RFC 8415 §11.1). */
const MAX_IDENTIFIER_BYTES = 130;

/** Maximum ratio of the sizes of an answer and its question. */
const MAX_AMPLIFICATION = 1.5;

/** Vendor class of the answer: the enterprise number that UEFI uses (343), then the text with its length. */
const HTTP_CLIENT_CLASS = textOfClass('HTTPClient');

/**
 * Gives UEFI HTTP Boot firmware a URL over DHCPv6, alongside a DHCPv6 server that gives it an address
 * (UEFI 2.10 §24.7). Questions are the datagrams that reach UDP port 547.
 *
 * | question                                   | answer                                                   |
 * | ------------------------------------------ | -------------------------------------------------------- |
 * | SOLICIT from an `HTTPClient`               | ADVERTISE with vendor class and URL, without an address  |
 * | SOLICIT from a `PXEClient`, iPXE, a system | none                                                     |
 * | REQUEST, INFORMATION-REQUEST, other types  | none: these are for the server that gives addresses      |
 *
 * PXE firmware refuses an ADVERTISE without an address (`PXE-E16`), so over IPv6 its boot file has to come from
 * the DHCPv6 server. Answers go only to link-local addresses.
 */
export class HttpBootResponder {
  readonly #options: HttpBootResponderOptions;

  constructor(options: HttpBootResponderOptions) {
    this.#options = options;
  }

  /**
   * Answers a datagram that has reached UDP port 547.
   *
   * @param now - time in milliseconds, on any clock that does not go back
   * @throws RangeError when `bootUrlFor` returns a URL with a NUL or a character above U+00FF
   */
  receive({ datagram, from, link }: Dhcpv6Question, now: number): HttpBootResult {
    const decoded = decodeDhcpv6Message(datagram);
    if (!decoded.ok) {
      return { type: 'unanswered', reason: 'undecodable' };
    }
    const { message } = decoded;
    const client = classifyHttpBootClient(message, from.address);
    if (client === undefined) {
      return { type: 'unanswered', reason: 'notBootClient' };
    }
    const unanswered = (reason: UnansweredReason): HttpBootResult => ({
      type: 'unanswered',
      reason,
      client,
    });
    const { messageType, transactionId, options } = message;
    // RFC 8415 §16.2: a SOLICIT that names a server is invalid.
    if (
      messageType !== Dhcpv6MessageType.solicit ||
      options.has(Dhcpv6OptionCode.serverIdentifier)
    ) {
      return unanswered('messageType');
    }
    const identifier = options.get(Dhcpv6OptionCode.clientIdentifier)?.[0];
    if (
      identifier === undefined ||
      identifier.length < MIN_IDENTIFIER_BYTES ||
      identifier.length > MAX_IDENTIFIER_BYTES
    ) {
      return unanswered('noHardwareAddress');
    }
    if (!LINK_LOCAL.test(from.address)) {
      return unanswered('addressRefused');
    }
    const { bootUrlFor, serverIdentifier, limits } = this.#options;
    if (!limits.admits(hexText(identifier), link, 'proxyDhcp', now)) {
      return unanswered('rateLimited');
    }
    const url = bootUrlFor(client);
    if (url === undefined) {
      return unanswered('noBootFile');
    }
    const bytes = encodeDhcpv6Message({
      messageType: Dhcpv6MessageType.advertise,
      transactionId,
      options: new Map([
        [Dhcpv6OptionCode.clientIdentifier, [identifier]],
        [Dhcpv6OptionCode.serverIdentifier, [serverIdentifier]],
        [Dhcpv6OptionCode.vendorClass, [HTTP_CLIENT_CLASS]],
        [Dhcpv6OptionCode.bootFileUrl, [textBytes(url)]],
      ]),
    });
    return bytes.length > MAX_AMPLIFICATION * datagram.length
      ? unanswered('answerTooLarge')
      : {
          type: 'answered',
          answer: { bytes, to: { address: from.address, port: DHCPV6_CLIENT_PORT } },
          client,
          url,
        };
  }
}

function textOfClass(text: string): Uint8Array {
  return Uint8Array.of(0, 0, 343 >> 8, 343 & 0xff, 0, text.length, ...textBytes(text));
}
