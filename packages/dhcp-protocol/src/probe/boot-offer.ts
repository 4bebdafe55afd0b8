import { NO_ADDRESS, OptionCode, PxeOptionCode } from '../codec/constants.js';
import { type DhcpMessage, type DhcpOptions } from '../codec/message.js';
import { decodeSubOptions } from '../codec/option-list.js';
import { addressesOption, bootFileOf, textOption } from '../codec/option-values.js';
import { decodePxeBootServers, decodePxeMenu, type PxeBootItem } from '../codec/pxe-values.js';

/** Offer or acknowledgement from a server, as a boot client reads it. */
export interface BootOffer {
  /** IPv4 address that sent the message: a server or a relay. */
  readonly sender: string;
  /**
   * `lease` if the message gives an address and a lease time, `proxy` if it only names a boot file or a boot
   * server. An address alone is not enough, since the boot server of dnsmasq repeats the client's address,
   * without a lease time.
   */
  readonly kind: 'lease' | 'proxy';
  /** IPv4 address of the server (option 54); undefined if the message names none. */
  readonly server: string | undefined;
  /** Vendor class of the answer (option 60), such as `PXEClient`; undefined if there is none. */
  readonly vendorClass: string | undefined;
  /**
   * Boot file up to its first NUL: option 67, otherwise the `file` field; empty if there is none.
   */
  readonly bootFile: string;
  /** Address of the TFTP server (`siaddr`); undefined if it is 0.0.0.0. */
  readonly nextServer: string | undefined;
  /** Name of the TFTP server (option 66); undefined if there is none. */
  readonly tftpServerName: string | undefined;
  /** The whole message. */
  readonly message: DhcpMessage;
}

/** Boot server that a client asks on port 4011. */
export interface Referral {
  /** IPv4 address of the boot server. */
  readonly address: string;
  /** Boot service to request; undefined if the offer has no menu. */
  readonly item: PxeBootItem | undefined;
}

/** Reads an offer or an acknowledgement. */
export function readBootOffer(message: DhcpMessage, sender: string): BootOffer {
  const { options, yourAddress, nextServer } = message;
  return {
    sender,
    kind: yourAddress !== NO_ADDRESS && options.has(OptionCode.leaseTime) ? 'lease' : 'proxy',
    server: addressesOption(options, OptionCode.serverIdentifier)?.[0],
    vendorClass: textOption(options, OptionCode.vendorClass),
    bootFile: bootFileOf(message),
    nextServer: nextServer === NO_ADDRESS ? undefined : nextServer,
    tftpServerName: textOption(options, OptionCode.tftpServerName),
    message,
  };
}

/**
 * Returns the boot server that firmware asks after an offer: that of the first entry of its menu or, without
 * PXE options, the server in `siaddr`, otherwise in option 54.
 *
 * @returns undefined if the client needs no boot server, or the offer names none
 */
export function referralOf({
  vendorClass,
  server,
  nextServer,
  message,
}: BootOffer): Referral | undefined {
  if (vendorClass?.startsWith('PXEClient') !== true) {
    return undefined;
  }
  const address = nextServer ?? server;
  const pxe = pxeOptionsOf(message.options);
  if (pxe === undefined) {
    return address === undefined ? undefined : { address, item: undefined };
  }
  const type = decodePxeMenu(pxe.get(PxeOptionCode.bootMenu) ?? new Uint8Array(0))?.[0]?.type;
  // Type 0 boots the local disk.
  if (type === undefined || type === 0) {
    return undefined;
  }
  const servers = decodePxeBootServers(pxe.get(PxeOptionCode.bootServers) ?? new Uint8Array(0));
  const [listed] = servers?.find((entry) => entry.type === type)?.addresses ?? [];
  return listed === undefined ? undefined : { address: listed, item: { type, layer: 0 } };
}

/** Returns the sub-options of option 43, if they can be decoded and are those of PXE. */
function pxeOptionsOf(options: DhcpOptions): DhcpOptions | undefined {
  const value = options.get(OptionCode.vendorSpecific);
  const decoded = value === undefined ? undefined : decodeSubOptions(value);
  return decoded?.ok === true && decoded.options.has(PxeOptionCode.discoveryControl)
    ? decoded.options
    : undefined;
}
