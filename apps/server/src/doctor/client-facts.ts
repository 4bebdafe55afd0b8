import { type BootFormat } from '@pxe/debian-netboot';
import { type Arch, archFacts } from '@pxe/debian-netboot/catalog';
import { type ProbedClient } from '@pxe/dhcp-protocol';

import { type ClientKind } from './client-kind.js';

/** Facts about a kind of boot client. */
export interface ClientFacts {
  readonly title: string;
  /** Description of itself that the client sends to DHCP servers. */
  readonly client: ProbedClient;
  readonly arch: Arch;
  /** Format of the boot files that the client can start. */
  readonly format: BootFormat;
  /** Boot file that pxeboot has for the client. */
  readonly usualFile: string;
  /** True if Secure Boot may check the signature of the boot file. */
  readonly hasSecureBoot: boolean;
}

/** Facts about every kind. */
export const CLIENT_FACTS: Readonly<Record<ClientKind, ClientFacts>> = {
  bios: {
    title: 'BIOS',
    client: { vendorClass: 'PXEClient', architecture: 0 },
    arch: 'amd64',
    format: 'bios-program',
    usualFile: 'lpxelinux.0',
    hasSecureBoot: false,
  },
  uefi: {
    title: 'UEFI x64',
    client: { vendorClass: 'PXEClient', architecture: 7 },
    arch: 'amd64',
    format: 'efi-amd64',
    usualFile: archFacts('amd64').shim,
    hasSecureBoot: true,
  },
  arm64: {
    title: 'UEFI arm64',
    client: { vendorClass: 'PXEClient', architecture: 11 },
    arch: 'arm64',
    format: 'efi-arm64',
    usualFile: archFacts('arm64').shim,
    hasSecureBoot: true,
  },
  http: {
    title: 'UEFI x64 HTTP Boot',
    client: { vendorClass: 'HTTPClient', architecture: 16 },
    arch: 'amd64',
    format: 'efi-amd64',
    usualFile: archFacts('amd64').shim,
    hasSecureBoot: true,
  },
  ipxe: {
    title: 'iPXE',
    client: { vendorClass: 'PXEClient', architecture: 7, isIpxe: true },
    arch: 'amd64',
    format: 'ipxe-script',
    usualFile: 'menu.ipxe',
    hasSecureBoot: false,
  },
};
