import { OptionCode } from '../codec/constants.js';
import { type DhcpMessage, type DhcpOptions } from '../codec/message.js';
import {
  architecturesOf,
  machineUuidOf,
  macOf,
  networkInterfaceOf,
  textOption,
  userClassesOf,
} from '../codec/option-values.js';
import { type Architecture, architectureOf, isKnownArchitecture } from './architectures.js';

/** Vendor class of a network boot client, without what follows it in option 60. */
export type BootVendorClass = 'PXEClient' | 'HTTPClient' | 'U-Boot';

/** Client that boots from the network, as it describes itself. */
export interface BootClient extends Architecture {
  /** Hardware address, as in `52:54:00:12:34:56`. */
  readonly mac: string;
  /**
   * - `PXEClient`: loads its boot file over TFTP
   * - `HTTPClient`: UEFI HTTP Boot; its boot file is a URL
   * - `U-Boot`: U-Boot under its own name, which accepts no boot file from a ProxyDHCP service
   */
  readonly vendorClass: BootVendorClass;
  /**
   * Program that sent the message: iPXE and U-Boot need different boot files from the firmware that they run
   * on or act as.
   */
  readonly program: 'firmware' | 'ipxe' | 'uBoot';
  /**
   * Number of the architecture, from option 93, otherwise from option 60; undefined if the client names none.
   */
  readonly architecture: number | undefined;
  /** UUID of the machine (option 97); undefined if the client sends none. */
  readonly uuid: string | undefined;
}

/** Vendor classes with the architecture, as in `PXEClient:Arch:00007:UNDI:003000`. */
const VENDOR_CLASS = /^(PXEClient|HTTPClient|U-Boot)(?::Arch:(\d{5}))?/;

/**
 * Classifies the sender of a message. Firmware, iPXE and U-Boot are distinguished; an installer, a running
 * system and network equipment are not boot clients.
 *
 * @returns undefined if the sender is not a network boot client
 */
export function classifyClient(message: DhcpMessage): BootClient | undefined {
  const { options } = message;
  const [, vendorClass, number] =
    VENDOR_CLASS.exec(textOption(options, OptionCode.vendorClass) ?? '') ?? [];
  if (!isVendorClass(vendorClass)) {
    return undefined;
  }
  const architectures = architecturesOf(options) ?? [];
  const architecture =
    architectures.find(isKnownArchitecture) ??
    architectures[0] ??
    (number === undefined ? undefined : Number(number));
  const { firmware, cpu } = architectureOf(architecture ?? -1);
  return {
    mac: macOf(message),
    vendorClass,
    program: programOf(vendorClass, firmware, options),
    architecture,
    firmware,
    cpu,
    uuid: machineUuidOf(options),
  };
}

function isVendorClass(text: string | undefined): text is BootVendorClass {
  return text === 'PXEClient' || text === 'HTTPClient' || text === 'U-Boot';
}

function programOf(
  vendorClass: BootVendorClass,
  firmware: Architecture['firmware'],
  options: DhcpOptions,
): BootClient['program'] {
  if (options.has(OptionCode.ipxe) || userClassesOf(options).includes('iPXE')) {
    return 'ipxe';
  }
  if (vendorClass === 'U-Boot' || firmware === 'uBoot') {
    return 'uBoot';
  }
  // Only its network interface, UNDI 0.0 instead of 3.x, distinguishes U-Boot that acts as UEFI from EDK2.
  const network = networkInterfaceOf(options);
  return firmware === 'uefi' && network?.type === 1 && network.major === 0 ? 'uBoot' : 'firmware';
}
