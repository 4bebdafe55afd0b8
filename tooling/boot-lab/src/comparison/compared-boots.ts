import { biosVirtio, uefiX64SecureBoot, uefiX64SecureBootHttp } from '../machine/firmware.js';
import { addressed } from '../scenario/installer-boot.js';
import { type Scenario } from '../scenario/scenario.js';
import { loaded, X64 } from '../scenario/uefi.js';
import { captureFinished } from '../stage/evidence-stages.js';
import { keysAfterPause } from '../stage/menu-stages.js';
import { type Stage } from '../stage/stage.js';
import { httpDownload, tftpTransfer } from '../stage/transfer-stages.js';

/** A boot to measure, up to the last byte of the initrd. The installer need not start. */
export interface ComparedBoot {
  /** Name in the table. */
  readonly title: string;
  readonly server: 'stock' | 'product';
  readonly scenario: Scenario;
}

/**
 * Deadline for the initrd, in milliseconds: 40 MB in lockstep take six minutes at a round-trip time of 5 ms.
 */
const INITRD_DEADLINE_MS = 1_200_000;

/** Pause at the menu, in milliseconds: longer than any other pause of a boot, so that it can be recognised. */
const MENU_WAIT_MS = 20_000;

const INITRD = /\/initrd\.gz$/;

/**
 * Keys that start the first installer: the first entry of Debian's menu, or the first entry of the first
 * submenu of ours.
 */
const STOCK_KEYS = [['ret']] as const;
const PRODUCT_KEYS = [['home', 'ret'], ['ret']] as const;

function compared(
  scenario: Pick<Scenario, 'name' | 'firmware' | 'dhcp'>,
  stages: readonly Stage[],
): Scenario {
  return {
    ...scenario,
    summary: '',
    configuration: { menu: { timeout: 0 } },
    stores: ['all'],
    stages: () => [...stages, captureFinished()],
  };
}

/** Debian's stock netboot over TFTP, and ours, by firmware. */
export const comparedBoots: readonly ComparedBoot[] = [
  {
    title: 'BIOS, stock, all TFTP',
    server: 'stock',
    scenario: compared(
      { name: 'stock-bios', firmware: biosVirtio, dhcp: { bootFile: 'pxelinux.0' } },
      [
        ...addressed(),
        tftpTransfer('menu', /\/splash\.png$/, 120_000),
        keysAfterPause(STOCK_KEYS, MENU_WAIT_MS),
        tftpTransfer('initrd', INITRD, INITRD_DEADLINE_MS),
      ],
    ),
  },
  {
    title: 'BIOS, pxeboot (lpxelinux.0, HTTP)',
    server: 'product',
    scenario: compared({ name: 'bios', firmware: biosVirtio, dhcp: { bootFile: 'lpxelinux.0' } }, [
      ...addressed(),
      httpDownload('menu', '/splash.png', 120_000),
      keysAfterPause(PRODUCT_KEYS, MENU_WAIT_MS),
      httpDownload('initrd', INITRD, INITRD_DEADLINE_MS),
    ]),
  },
  {
    title: 'UEFI, Secure Boot, stock, all TFTP',
    server: 'stock',
    scenario: compared(
      {
        name: 'stock-uefi',
        firmware: uefiX64SecureBoot,
        dhcp: { bootFile: 'bootnetx64.efi' },
      },
      [
        ...addressed(),
        tftpTransfer('menu', /\/splash\.png$/, INITRD_DEADLINE_MS),
        keysAfterPause(STOCK_KEYS, MENU_WAIT_MS),
        tftpTransfer('initrd', INITRD, INITRD_DEADLINE_MS),
      ],
    ),
  },
  {
    title: "UEFI, Secure Boot, pxeboot (GRUB's HTTP)",
    server: 'product',
    scenario: compared({ name: 'uefi', firmware: uefiX64SecureBoot, dhcp: 'product' }, [
      ...loaded(X64),
      httpDownload('menu', '/splash.png', 120_000),
      keysAfterPause(PRODUCT_KEYS, MENU_WAIT_MS),
      httpDownload('initrd', INITRD, INITRD_DEADLINE_MS),
    ]),
  },
  {
    title: 'UEFI, Secure Boot, pxeboot (HTTP Boot)',
    server: 'product',
    scenario: compared({ name: 'uefi-http', firmware: uefiX64SecureBootHttp, dhcp: 'product' }, [
      ...addressed(),
      httpDownload('menu', '/splash.png', 120_000),
      keysAfterPause(PRODUCT_KEYS, MENU_WAIT_MS),
      httpDownload('initrd', INITRD, INITRD_DEADLINE_MS),
    ]),
  },
];
