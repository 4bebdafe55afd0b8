import { type Arch, archFacts, type GenerationManifest } from '@pxe/debian-netboot';

import { efiLoadersOf } from '../namespace/efi-loaders.js';

/** The file that DHCP names for one kind of client. */
export interface BootFile {
  /** Names the kind in tags and class names: lower-case letters, digits and hyphens. */
  readonly id: string;
  /** The kind in words. */
  readonly title: string;
  /**
   * Values of DHCP option 93 (client system architecture, IANA registry) that mean it. 9 is EBC,
   * which older firmware sends for x64.
   */
  readonly architectures: readonly number[];
  /** `tftp` names a path, `http` a URL for firmware that asks as `HTTPClient`. */
  readonly transport: 'tftp' | 'http';
  /** As DHCP sends it: a TFTP path or a URL. */
  readonly file: string;
  /** Whether U-Boot says the same architecture where it acts as UEFI: see {@link U_BOOT}. */
  readonly isAlsoUBoot: boolean;
}

/**
 * What tells U-Boot apart. By its own name it asks for an address only, then for
 * `pxelinux.cfg/default-arm`. Where it acts as UEFI, vendor class and architecture are those of other
 * UEFI firmware, EDK2 included (`PXEClient:Arch:00011:UNDI:003000`), but its network interface
 * (option 94) is UNDI 0.0 instead of 3.x (U-Boot, net/bootp.c); it cannot go on from shim to GRUB.
 */
export const U_BOOT = {
  /** The beginning of its vendor class (option 60), as in `U-Boot.armv8`. */
  vendorClass: 'U-Boot',
  /** Option 94 in hexadecimal. */
  networkInterface: '010000',
} as const;

/** Everything a DHCP server must say, for one boot server and what it can boot. */
export interface BootPlan {
  /** The boot server's IPv4 address: `next-server`. */
  readonly server: string;
  /** For firmware, in the order of option 93. */
  readonly files: readonly BootFile[];
  /** Whether there is a menu for U-Boot, which is told of the boot server and gets no file. */
  readonly hasUBootMenu: boolean;
  /** URL for iPXE, which says so by its user class. */
  readonly ipxe: string;
}

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
 * What to tell a DHCP server so that each kind of firmware gets the loader that fits it, among the
 * architectures that the generation holds.
 *
 * URLs go only to HTTP Boot firmware and to iPXE: Debian's installer takes a DHCP file name with
 * `://` for the URL of a preseed file.
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
            file: 'lpxelinux.0',
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

/** An option 93 value as two hexadecimal bytes, as in `0007`. */
export function architectureHex(architecture: number): string {
  return architecture.toString(16).padStart(4, '0');
}
