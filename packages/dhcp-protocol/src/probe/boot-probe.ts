import { expectUint, textBytes } from '../codec/byte-fields.js';
import {
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  IpxeOptionCode,
  MessageType,
  NO_ADDRESS,
  OptionCode,
  PXE_BOOT_SERVER_PORT,
  PxeOptionCode,
} from '../codec/constants.js';
import { decodeMessage } from '../codec/decode.js';
import { encodeMessage } from '../codec/encode.js';
import { encodeSubOptions } from '../codec/option-list.js';
import { messageTypeOf } from '../codec/option-values.js';
import { encodePxeBootItem } from '../codec/pxe-values.js';
import { type BootOffer, readBootOffer, type Referral, referralOf } from './boot-offer.js';

/** Kind of boot client to act as. */
export interface ProbedClient {
  readonly vendorClass: 'PXEClient' | 'HTTPClient';
  /** Number of the architecture (option 93), 0 to 65,535. */
  readonly architecture: number;
  /**
   * True to act as iPXE, which runs on firmware of the given kind.
   *
   * @default false
   */
  readonly isIpxe?: boolean;
}

/** Settings of a {@link BootProbe}. */
export interface BootProbeOptions {
  readonly client: ProbedClient;
  /** Hardware address to ask with, 1 to 16 bytes. Servers may remember it. */
  readonly hardwareAddress: Uint8Array;
  /** 32-bit random number that answers repeat. */
  readonly transactionId: number;
  /**
   * IPv4 address of this host on the link, from which a boot server is asked.
   *
   * @default none: boot servers are not asked
   */
  readonly localAddress?: string;
  /**
   * Time to wait for offers, in milliseconds. A longer time also finds slow servers.
   *
   * @default 5_000
   */
  readonly offersMs?: number;
  /**
   * Time to wait for the answer from a boot server, in milliseconds.
   *
   * @default 3_000
   */
  readonly bootServerMs?: number;
}

/** Result of a probe: the offers, and the answer from a boot server. */
export interface BootProbeResult {
  /** Offers in order of arrival, the first of each sender and kind. */
  readonly offers: readonly BootOffer[];
  /** Boot server that the first offer with one refers to; undefined if none does. */
  readonly referral: Referral | undefined;
  /** Acknowledgement from that boot server; undefined if it did not answer or was not asked. */
  readonly acknowledgement: BootOffer | undefined;
}

/** Question to send, by broadcast or to a boot server. */
export interface ProbeDatagram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly to: { readonly address: string; readonly port: number };
  /** Port to send from, and to receive answers on. */
  readonly fromPort: number;
}

/** Time after which a question is repeated, in milliseconds. */
const RESEND_MS = 1_500;

/** Maximum number of offers to keep; more would be a flood. */
const MAX_OFFERS = 32;

/** Options that firmware requests (option 55), as EDK2 does. */
const PARAMETERS = Uint8Array.of(
  ...[1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60],
  ...[66, 67, 97],
);

type State = 'offers' | 'bootServer' | 'done';

/**
 * Asks, as a boot client would, which boot files a network offers. Never requests a lease.
 *
 * | state        | event                                | next                                              |
 * | ------------ | ------------------------------------ | ------------------------------------------------- |
 * | `offers`     | start                                | DISCOVER; again after 1.5 s without an offer      |
 * | `offers`     | OFFER                                | keep it                                           |
 * | `offers`     | timeout for offers                   | `bootServer` if an offer refers to one, or `done` |
 * | `bootServer` | start                                | REQUEST to port 4011; again after 1.5 s           |
 * | `bootServer` | ACK, or timeout for it               | `done`                                            |
 *
 * After construction, and after each call to `receive` or `timeout`, call `nextDatagram` until it returns undefined.
 */
export class BootProbe {
  readonly #options: BootProbeOptions;
  readonly #offers: BootOffer[] = [];
  #state: State = 'offers';
  #endsAt: number;
  #resendAt: number | undefined;
  #question: ProbeDatagram;
  #outgoing: ProbeDatagram | undefined;
  #referral: Referral | undefined;
  #acknowledgement: BootOffer | undefined;

  /**
   * @param now - time in milliseconds, on any clock that does not go back
   * @throws RangeError when a setting cannot be encoded
   */
  constructor(options: BootProbeOptions, now: number) {
    this.#options = options;
    this.#endsAt = now + (options.offersMs ?? 5_000);
    this.#resendAt = now + RESEND_MS;
    this.#question = this.#discover();
    this.#outgoing = this.#question;
  }

  /** Time at which to call `timeout` next, in milliseconds; undefined at the end. */
  get deadline(): number | undefined {
    return this.#state === 'done' ? undefined : Math.min(this.#endsAt, this.#resendAt ?? Infinity);
  }

  /** Result; undefined until the end. */
  get result(): BootProbeResult | undefined {
    return this.#state === 'done'
      ? {
          offers: this.#offers,
          referral: this.#referral,
          acknowledgement: this.#acknowledgement,
        }
      : undefined;
  }

  /** Returns the next datagram to send; undefined if there is none. */
  nextDatagram(): ProbeDatagram | undefined {
    const outgoing = this.#outgoing;
    this.#outgoing = undefined;
    return outgoing;
  }

  /** Handles a datagram from an IPv4 address; ignores it unless it is an answer. */
  receive(datagram: Uint8Array, sender: string): void {
    const decoded = decodeMessage(datagram);
    if (
      !decoded.ok ||
      decoded.message.operation !== 'reply' ||
      decoded.message.transactionId !== this.#options.transactionId
    ) {
      return;
    }
    const offer = readBootOffer(decoded.message, sender);
    const type = messageTypeOf(decoded.message.options);
    if (this.#state === 'offers' && type === MessageType.offer) {
      this.#keep(offer);
    } else if (this.#state === 'bootServer' && type === MessageType.ack) {
      this.#acknowledgement = offer;
      this.#state = 'done';
    }
  }

  /** Acts on a deadline that has passed. */
  timeout(now: number): void {
    if (this.#state === 'done') {
      return;
    }
    if (now >= this.#endsAt) {
      this.#endState(now);
    } else if (this.#resendAt !== undefined && now >= this.#resendAt) {
      this.#resendAt = undefined;
      if (this.#state === 'bootServer' || this.#offers.length === 0) {
        this.#outgoing = this.#question;
      }
    }
  }

  #keep(offer: BootOffer): void {
    const isKnown = this.#offers.some(
      ({ sender, kind }) => sender === offer.sender && kind === offer.kind,
    );
    if (!isKnown && this.#offers.length < MAX_OFFERS) {
      this.#offers.push(offer);
    }
  }

  #endState(now: number): void {
    if (this.#state === 'offers') {
      this.#referral = this.#offers.map(referralOf).find((referral) => referral !== undefined);
    }
    const { localAddress } = this.#options;
    if (
      this.#state === 'bootServer' ||
      this.#referral === undefined ||
      localAddress === undefined
    ) {
      this.#state = 'done';
      return;
    }
    this.#state = 'bootServer';
    this.#endsAt = now + (this.#options.bootServerMs ?? 3_000);
    this.#resendAt = now + RESEND_MS;
    this.#question = this.#request(this.#referral, localAddress);
    this.#outgoing = this.#question;
  }

  #discover(): ProbeDatagram {
    return {
      bytes: this.#encode(MessageType.discover, NO_ADDRESS, []),
      to: { address: '255.255.255.255', port: DHCP_SERVER_PORT },
      fromPort: DHCP_CLIENT_PORT,
    };
  }

  #request({ address, item }: Referral, localAddress: string): ProbeDatagram {
    const chosen =
      item === undefined
        ? []
        : ([
            [
              OptionCode.vendorSpecific,
              encodeSubOptions(new Map([[PxeOptionCode.bootItem, encodePxeBootItem(item)]])),
            ],
          ] as const);
    return {
      bytes: this.#encode(MessageType.request, localAddress, chosen),
      to: { address, port: PXE_BOOT_SERVER_PORT },
      fromPort: PXE_BOOT_SERVER_PORT,
    };
  }

  #encode(
    type: number,
    clientAddress: string,
    extra: readonly (readonly [number, Uint8Array])[],
  ): Uint8Array<ArrayBuffer> {
    const { client, hardwareAddress, transactionId } = this.#options;
    const { vendorClass, isIpxe = false } = client;
    const architecture = expectUint('architecture', client.architecture, 0xffff);
    const isBios = architecture === 0;
    const undi = isBios ? '002001' : '003000';
    const ipxe: readonly (readonly [number, Uint8Array])[] = isIpxe
      ? [
          [OptionCode.userClass, textBytes('iPXE')],
          [OptionCode.ipxe, Uint8Array.of(IpxeOptionCode.http, 1, 1)],
        ]
      : [];
    return encodeMessage({
      operation: 'request',
      hardwareType: 1,
      hardwareAddress,
      hops: 0,
      transactionId,
      seconds: 0,
      // Asks for answers by broadcast, since this host does not use the address that an offer gives.
      flags: type === MessageType.discover ? 0x80_00 : 0,
      clientAddress,
      yourAddress: NO_ADDRESS,
      nextServer: NO_ADDRESS,
      relayAddress: NO_ADDRESS,
      serverName: '',
      file: '',
      options: new Map<number, Uint8Array>([
        [OptionCode.messageType, Uint8Array.of(type)],
        [OptionCode.parameterRequestList, PARAMETERS],
        [OptionCode.maxMessageSize, Uint8Array.of(0x05, 0xc0)],
        [
          OptionCode.vendorClass,
          textBytes(`${vendorClass}:Arch:${String(architecture).padStart(5, '0')}:UNDI:${undi}`),
        ],
        [OptionCode.clientArchitecture, Uint8Array.of(architecture >>> 8, architecture & 0xff)],
        [
          OptionCode.clientNetworkInterface,
          isBios ? Uint8Array.of(1, 2, 1) : Uint8Array.of(1, 3, 0),
        ],
        [OptionCode.clientMachineIdentifier, new Uint8Array(17)],
        ...ipxe,
        ...extra,
      ]),
    });
  }
}
