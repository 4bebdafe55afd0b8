import { type BootClient } from '../client/boot-client.js';
import {
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DiscoveryControl,
  MessageType,
  NO_ADDRESS,
  PxeOptionCode,
} from '../codec/constants.js';
import {
  type AnswerContents,
  BROADCAST_ADDRESS,
  type Question,
  respond,
  type ResponderOptions,
  type ResponderResult,
  type Service,
} from './responder.js';

/** Settings of a {@link ProxyDhcpResponder}. */
export interface ProxyDhcpOptions extends ResponderOptions {
  /**
   * True if a {@link BootServerResponder} answers on port 4011 of the same addresses. If false, UEFI firmware
   * has to use the boot file in the offer, and older firmware drops such offers.
   *
   * @default true
   */
  readonly hasBootServer?: boolean;
}

/** Option 43 `06 01 08`: load the boot file that the offer names, without a menu or a search for servers. */
const USE_BOOT_FILE: AnswerContents = {
  pxeOptions: new Map([
    [PxeOptionCode.discoveryControl, Uint8Array.of(DiscoveryControl.useBootFile)],
  ]),
  isReferral: false,
};

/** No option 43: ask the boot server. */
const ASK_BOOT_SERVER: AnswerContents = { pxeOptions: new Map(), isReferral: true };

/**
 * ProxyDHCP service (PXE 2.1 §2.2, UEFI 2.10 §24.7): names a boot file for clients that get their address from
 * a DHCP server that names none. Questions are the datagrams that reach UDP port 67.
 *
 * | question                              | answer: an OFFER without an address                     |
 * | ------------------------------------- | ------------------------------------------------------- |
 * | DISCOVER from UEFI, `PXEClient`       | boot file, no option 43                                 |
 * | DISCOVER from another `PXEClient`, iPXE | boot file, option 43 `06 01 08`                         |
 * | DISCOVER from an `HTTPClient`         | URL                                                     |
 * | REQUEST, INFORM, other types          | none: these are for the server that gives addresses     |
 * | U-Boot under its own name, installers, running systems | none                                   |
 *
 * `06 01 08` makes the client load the file that the offer names, without asking on port 4011. Older EDK2
 * drops the first ProxyDHCP offer with a discovery control, then finds no boot file and starts over
 * (PxeBcCacheDhcp4Offer in PxeBcDhcp4.c); OVMF 2022.11 boots with and without it. An offer without option 43,
 * as sent by Windows Deployment Services (BINL) and dnsmasq, makes all of these clients ask for the file on
 * port 4011 of `siaddr`.
 */
export class ProxyDhcpResponder {
  readonly #options: ProxyDhcpOptions;
  readonly #service: Service;

  constructor(options: ProxyDhcpOptions) {
    this.#options = options;
    const { hasBootServer = true } = options;
    this.#service = {
      name: 'proxyDhcp',
      messageTypes: [MessageType.discover],
      answerType: MessageType.offer,
      // The client has no address yet. A relay forwards the offer to the client's link (RFC 2131 §4.1).
      destination: ({ relayAddress }) =>
        relayAddress === NO_ADDRESS
          ? { address: BROADCAST_ADDRESS, port: DHCP_CLIENT_PORT }
          : { address: relayAddress, port: DHCP_SERVER_PORT },
      contents: (_message, client) =>
        hasBootServer && isUefiPxe(client) ? ASK_BOOT_SERVER : USE_BOOT_FILE,
    };
  }

  /**
   * Answers a datagram that has reached UDP port 67.
   *
   * @param now - time in milliseconds, on any clock that does not go back
   * @throws RangeError when `bootFileFor` returns a name with a NUL or a character above U+00FF, or an address
   * that is not IPv4
   */
  receive(question: Question, now: number): ResponderResult {
    return respond(this.#service, this.#options, question, now);
  }
}

function isUefiPxe({ vendorClass, program, firmware }: BootClient): boolean {
  return vendorClass === 'PXEClient' && program === 'firmware' && firmware === 'uefi';
}
