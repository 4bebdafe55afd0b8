import { type GenerationManifest } from '@pxe/debian-netboot';
import { type Arch, archFacts } from '@pxe/debian-netboot/catalog';

import { efiLoadersOf } from '../namespace/efi-loaders.js';

/** Boot file for one kind of client. */
export interface BootFile {
  /** Name of the kind in tags and class names: lower-case letters, digits and hyphens. */
  readonly id: string;
  /** Display name of the kind. */
  readonly title: string;
  /**
   * Values of DHCP option 93 (client system architecture, IANA registry) that this kind of client sends. 9 is
   * EBC, which older x64 firmware sends.
   */
  readonly architectures: readonly number[];
  /** `tftp` for a path, `http` for the URL of an `HTTPClient`. */
  readonly transport: 'tftp' | 'http';
  /** Boot file as sent by DHCP: a TFTP path or a URL. */
  readonly file: string;
  /** True if U-Boot sends the same architecture when it acts as UEFI: see {@link U_BOOT}. */
  readonly isAlsoUBoot: boolean;
}

/**
 * Options that identify U-Boot. When it identifies itself as U-Boot, it requests only an address, then
 * `pxelinux.cfg/default-arm`. When it acts as UEFI, its vendor class and architecture are those of other UEFI
 * firmware such as EDK2 (`PXEClient:Arch:00011:UNDI:003000`), but its network interface (option 94) is UNDI
 * 0.0 instead of 3.x (U-Boot, net/bootp.c), and it cannot chain from shim to GRUB.
 */
export const U_BOOT = {
  /** Prefix of U-Boot's vendor class (option 60), as in `U-Boot.armv8`. */
  vendorClass: 'U-Boot',
  /** Value of option 94 in hexadecimal. */
  networkInterface: '010000',
} as const;

/** Everything that a DHCP server must send to refer machines to one boot server. */
export interface BootPlan {
  /** Address of the boot server: `next-server` in DHCPv4, part of the URLs in DHCPv6. */
  readonly server: string;
  /** Boot files for firmware, in the order of option 93. */
  readonly files: readonly BootFile[];
  /** True if there is a menu for U-Boot, which gets the boot server's address but no file. */
  readonly hasUBootMenu: boolean;
  /** URL for iPXE, which identifies itself by its user class. */
  readonly ipxe: string;
}

const BIOS_LOADER = 'lpxelinux.0';

interface EfiClient {
  readonly arch: Arch;
  readonly title: string;
  readonly tftp: readonly number[];
  readonly http: readonly number[];
}

const EFI_CLIENTS: readonly EfiClient[] = [
  { arch: 'i386', title: 'UEFI, 32-bit x86', tftp: [6], http: [] },
  { arch: 'amd64', title: 'UEFI, x64', tftp: [7, 9], http: [16] },
  { arch: 'arm64', title: 'UEFI, arm64', tftp: [11], http: [19] },
];

/**
 * Plans the DHCP configuration that gives each kind of firmware its loader, for the architectures in a
 * generation.
 *
 * Only HTTP Boot firmware and iPXE get URLs: Debian's installer treats a DHCP file name with `://` as
 * the URL of a preseed file.
 */
export function bootPlan(
  manifest: Pick<GenerationManifest, 'biosLoaders' | 'efiLoaders'>,
  server: string,
  baseUrl: string,
): BootPlan {
  const bios: BootFile[] =
    manifest.biosLoaders === undefined
      ? []
      : [
          {
            id: 'bios',
            title: 'BIOS',
            architectures: [0],
            transport: 'tftp',
            file: BIOS_LOADER,
            isAlsoUBoot: false,
          },
        ];
  const efi = EFI_CLIENTS.flatMap((client) => efiBootFiles(manifest, client, baseUrl));
  return {
    server,
    files: [...bios, ...efi].sort((a, b) => (a.architectures[0] ?? 0) - (b.architectures[0] ?? 0)),
    hasUBootMenu: efiLoadersOf(manifest, 'arm64') !== undefined,
    ipxe: `${baseUrl}/menu.ipxe`,
  };
}

/**
 * Returns the loaders for the firmware of the given architectures, with the BIOS loader first: for example,
 * `lpxelinux.0` and `bootnetx64.efi`.
 */
export function usualBootFiles(arches: readonly Arch[]): readonly string[] {
  const facts = arches.map(archFacts);
  const bios = facts.some(({ hasBios }) => hasBios) ? [BIOS_LOADER] : [];
  return [...new Set([...bios, ...facts.map(({ shim }) => shim)])];
}

function efiBootFiles(
  manifest: Pick<GenerationManifest, 'efiLoaders'>,
  { arch, title, tftp, http }: EfiClient,
  baseUrl: string,
): BootFile[] {
  const loaders = efiLoadersOf(manifest, arch);
  if (loaders === undefined) {
    return [];
  }
  const { shim } = archFacts(arch);
  const files: BootFile[] = [
    {
      id: `uefi-${arch}`,
      title,
      architectures: tftp,
      transport: 'tftp',
      file: shim,
      isAlsoUBoot: arch === 'arm64',
    },
  ];
  if (loaders.hasHttp && http.length > 0) {
    files.push({
      id: `http-${arch}`,
      title: `${title}, HTTP Boot`,
      architectures: http,
      transport: 'http',
      file: `${baseUrl}/${shim}`,
      isAlsoUBoot: false,
    });
  }
  return files;
}

/**
 * Returns the boot file for a DHCP server that sends the same one to every machine: that of UEFI on x64 if
 * the store has it. It is never a URL, which Debian's installer would treat as the URL of a preseed file.
 */
export function singleBootFile({ files }: BootPlan): BootFile | undefined {
  const paths = files.filter(({ transport }) => transport === 'tftp');
  return paths.find(({ id }) => id === 'uefi-amd64') ?? paths[0];
}

/**
 * Returns the boot files for DHCPv6 (RFC 5970), whose option 59 contains only URLs. BIOS firmware does not
 * boot over IPv6.
 *
 * @param plan - its `server` is an IPv6 address
 */
export function ipv6BootFiles({ server, files }: BootPlan): readonly BootFile[] {
  return files
    .filter(({ id }) => id !== 'bios')
    .map((one) =>
      one.transport === 'http' ? one : { ...one, file: `tftp://[${server}]/${one.file}` },
    );
}

/**
 * Vendor class (option 16 of DHCPv6) in an answer to HTTP Boot firmware: enterprise number 343 (Intel), which
 * UEFI uses, then the text preceded by its length.
 */
export const HTTP_CLIENT_CLASS = Buffer.from('\0\0\u0001\u0057\0\nHTTPClient', 'latin1');

/** Formats a value of option 93 as two hexadecimal bytes, as in `0007`. */
export function architectureHex(architecture: number): string {
  return architecture.toString(16).padStart(4, '0');
}
