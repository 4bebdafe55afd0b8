import { type BootClient, classifyClient } from '../client/boot-client.js';
import { addressBytes } from '../codec/address.js';
import { readUint, textBytes } from '../codec/byte-fields.js';
import { MessageType, NO_ADDRESS, OptionCode } from '../codec/constants.js';
import { type DecodeFailureReason, decodeMessage } from '../codec/decode.js';
import { encodeMessage } from '../codec/encode.js';
import { FILE_BYTES } from '../codec/layout.js';
import { type DhcpMessage, type DhcpOptions } from '../codec/message.js';
import { encodeSubOptions } from '../codec/option-list.js';
import { messageTypeOf } from '../codec/option-values.js';
import { type AnswerLimits, type LimitedService } from './answer-limits.js';

/** Received datagram, and where it was received. */
export interface Question {
  /** UDP payload. */
  readonly datagram: Uint8Array;
  /** Source of the datagram. */
  readonly from: DatagramAddress;
  /** IPv4 address of this host on the link, which becomes the server identifier of the answer. */
  readonly localAddress: string;
  /** Name of the link, as in `eth0`; each has its own rate limit. */
  readonly link: string;
}

/** IPv4 address and UDP port. */
export interface DatagramAddress {
  readonly address: string;
  readonly port: number;
}

/** Boot file for a client. */
export interface BootFile {
  /** TFTP path, or the URL for an `HTTPClient` or iPXE; printable, one character per byte. */
  readonly file: string;
  /**
   * IPv4 address of the TFTP server.
   *
   * @default the address of this host on the link
   */
  readonly server?: string;
}

/** Settings of a responder. */
export interface ResponderOptions {
  /** Chooses the boot file of a client; undefined leaves the client without an answer. */
  readonly bootFileFor: (client: BootClient, question: Question) => BootFile | undefined;
  /**
   * Decides whether an answer may go to an address: that of a relay, or of a client that has one. The sender's
   * address of a question can be forged, so allow only the networks that are served.
   */
  readonly allows: (address: string) => boolean;
  /** Rate limits. Pass the same instance to both responders of a service. */
  readonly limits: AnswerLimits;
}

/**
 * Reason why a question gets no answer.
 *
 * - `undecodable`: not a DHCPv4 message, or over IPv6 not a DHCPv6 message
 * - `reply`: a message from another server
 * - `messageType`: a type of message that this responder does not answer, such as a request for a lease
 * - `notBootClient`: the sender does not boot from the network, or is U-Boot under its own name
 * - `noHardwareAddress`: a client without a hardware address, or over IPv6 without a valid client identifier
 * - `otherLayer`: a request for a later file of a chain, but a boot server has only the first
 * - `addressRefused`: the answer would go to an address that is not allowed, or to port 0
 * - `rateLimited`: too many questions from the client or on its link
 * - `noBootFile`: there is no boot file for the client
 * - `answerTooLarge`: the answer would be longer than the client accepts, or than 1.5 times its question
 */
export type UnansweredReason =
  | 'undecodable'
  | 'reply'
  | 'messageType'
  | 'notBootClient'
  | 'noHardwareAddress'
  | 'otherLayer'
  | 'addressRefused'
  | 'rateLimited'
  | 'noBootFile'
  | 'answerTooLarge';

/** Answer to send. */
export interface Answer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly to: DatagramAddress;
}

/** Result of one question: at most one answer. */
export type ResponderResult =
  | {
      readonly type: 'answered';
      readonly answer: Answer;
      readonly client: BootClient;
      readonly bootFile: BootFile;
    }
  | {
      readonly type: 'unanswered';
      readonly reason: UnansweredReason;
      /** Reason why the datagram could not be decoded; set with `undecodable`. */
      readonly decodeFailure?: DecodeFailureReason;
      /** Sender of the question, if it is known. */
      readonly client?: BootClient;
    };

/** Part in which the two responders differ. */
export interface Service {
  readonly name: LimitedService;
  /** Types of the messages that are answered. */
  readonly messageTypes: readonly number[];
  readonly answerType: number;
  /** Returns the destination of the answer. */
  readonly destination: (message: DhcpMessage, from: DatagramAddress) => DatagramAddress;
  /** Returns the contents of the answer, or a reason not to answer. */
  readonly contents: (message: DhcpMessage, client: BootClient) => AnswerContents | 'otherLayer';
}

/** Contents of an answer that depend on the service. */
export interface AnswerContents {
  /** PXE sub-options; an empty map leaves out option 43. */
  readonly pxeOptions: DhcpOptions;
  /**
   * True if the client is to ask the boot server on port 4011 of this host. In that case `siaddr` is this
   * host, and the answer names the file only if the file is on the same host.
   */
  readonly isReferral: boolean;
}

/** Broadcast address of a link. */
export const BROADCAST_ADDRESS = '255.255.255.255';

/** Bit of the flags that requests a broadcast answer. */
const BROADCAST_FLAG = 0x80_00;

/** Maximum ratio of the sizes of an answer and its question. */
const MAX_AMPLIFICATION = 1.5;

/** Size of an IPv4 packet that every client accepts, in bytes (RFC 2131 §2). */
const MIN_ACCEPTED_BYTES = 576;

/** Size of the IPv4 and UDP headers, in bytes. */
const HEADER_BYTES = 28;

/** Answers one question. */
export function respond(
  service: Service,
  { bootFileFor, allows, limits }: ResponderOptions,
  question: Question,
  now: number,
): ResponderResult {
  const decoded = decodeMessage(question.datagram);
  if (!decoded.ok) {
    return { type: 'unanswered', reason: 'undecodable', decodeFailure: decoded.reason };
  }
  const { message } = decoded;
  if (message.operation === 'reply') {
    return { type: 'unanswered', reason: 'reply' };
  }
  const client = classifyClient(message);
  // U-Boot under its own name reads only the answer from the server that gives it an address.
  if (client === undefined || client.vendorClass === 'U-Boot') {
    return { type: 'unanswered', reason: 'notBootClient' };
  }
  const unanswered = (reason: UnansweredReason): ResponderResult => ({
    type: 'unanswered',
    reason,
    client,
  });
  if (!service.messageTypes.includes(messageTypeOf(message.options) ?? 0)) {
    return unanswered('messageType');
  }
  if (client.mac === '') {
    return unanswered('noHardwareAddress');
  }
  const contents = service.contents(message, client);
  if (contents === 'otherLayer') {
    return unanswered('otherLayer');
  }
  const to = service.destination(message, question.from);
  // No program receives on port 0, but a datagram can have it as its source.
  if (to.port === 0 || (to.address !== BROADCAST_ADDRESS && !allows(to.address))) {
    return unanswered('addressRefused');
  }
  if (!limits.admits(client.mac, question.link, service.name, now)) {
    return unanswered('rateLimited');
  }
  const bootFile = bootFileFor(client, question);
  if (bootFile === undefined) {
    return unanswered('noBootFile');
  }
  const bytes = encodeMessage(
    answerMessage({
      message,
      client,
      bootFile,
      localAddress: question.localAddress,
      answerType: service.answerType,
      contents,
      to,
    }),
  );
  return bytes.length > maxAnswerBytes(message, question.datagram)
    ? unanswered('answerTooLarge')
    : { type: 'answered', answer: { bytes, to }, client, bootFile };
}

/** Returns the maximum size of the answer to a question, in bytes. */
function maxAnswerBytes({ options }: DhcpMessage, datagram: Uint8Array): number {
  const named = readUint(
    (options.get(OptionCode.maxMessageSize) ?? new Uint8Array(0)).subarray(0, 2),
  );
  return Math.min(
    MAX_AMPLIFICATION * datagram.length,
    Math.max(MIN_ACCEPTED_BYTES, named) - HEADER_BYTES,
  );
}

/** Parts of an answer. */
interface AnswerParts {
  readonly message: DhcpMessage;
  readonly client: BootClient;
  readonly bootFile: BootFile;
  readonly localAddress: string;
  readonly answerType: number;
  readonly contents: AnswerContents;
  readonly to: DatagramAddress;
}

/**
 * Composes an answer as PXE 2.1 §2.2 lays it out: an address is neither given nor confirmed, and option 60 is
 * how clients recognise an answer from a boot service.
 */
function answerMessage({
  message,
  client: { vendorClass },
  bootFile,
  localAddress,
  answerType,
  contents: { pxeOptions, isReferral },
  to,
}: AnswerParts): DhcpMessage {
  const isOffer = answerType === MessageType.offer;
  const server = bootFile.server ?? localAddress;
  const file = isReferral && server !== localAddress ? '' : bootFile.file;
  const name = textBytes(file);
  const fitsField = name.length < FILE_BYTES;
  const options = new Map<number, Uint8Array>([
    [OptionCode.messageType, Uint8Array.of(answerType)],
    [OptionCode.serverIdentifier, addressBytes(localAddress)],
    [OptionCode.vendorClass, textBytes(vendorClass)],
  ]);
  if (!fitsField) {
    options.set(OptionCode.bootFileName, name);
  }
  if (vendorClass === 'PXEClient' && pxeOptions.size > 0) {
    options.set(OptionCode.vendorSpecific, encodeSubOptions(pxeOptions));
  }
  // Clients drop answers that lack their identifier; some clients send none.
  for (const code of [OptionCode.clientMachineIdentifier, OptionCode.relayAgentInformation]) {
    const value = message.options.get(code);
    if (value !== undefined) {
      options.set(code, value);
    }
  }
  return {
    operation: 'reply',
    hardwareType: message.hardwareType,
    hardwareAddress: message.hardwareAddress,
    hops: 0,
    transactionId: message.transactionId,
    seconds: 0,
    // Without an address in the answer, a relay reaches the client only by broadcast (RFC 1542 §4.1.2).
    flags:
      isOffer || to.address === BROADCAST_ADDRESS ? message.flags | BROADCAST_FLAG : message.flags,
    clientAddress: isOffer ? NO_ADDRESS : message.clientAddress,
    yourAddress: NO_ADDRESS,
    nextServer: isReferral ? localAddress : server,
    relayAddress: message.relayAddress,
    serverName: '',
    file: fitsField ? file : '',
    options,
  };
}
