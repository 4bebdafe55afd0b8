import { biosVirtio, uefiX64Ipxe } from '../machine/firmware.js';
import { ipxeDialect } from '../menu/menu-dialect.js';
import { httpAccountAgrees, noTftp } from '../stage/evidence-stages.js';
import { httpDownload } from '../stage/transfer-stages.js';
import { newestSuite } from '../store/store-content.js';
import { addressed, installerStarted } from './installer-boot.js';
import { type Scenario } from './scenario.js';

/** iPXE in the card's ROM identifies itself, and gets our script. */
export const ipxe: Scenario = {
  name: 'ipxe',
  summary: 'iPXE: script, menu and the installer over HTTP',
  firmware: biosVirtio,
  dhcp: 'product',
  configuration: { kernelArgs: 'console=ttyS0,115200' },
  stores: ['all', 'trixie', 'bookworm'],
  stages: (store) => [
    ...addressed(),
    httpDownload('script', '/menu.ipxe'),
    ...installerStarted(ipxeDialect, {
      suite: newestSuite(store),
      arch: 'amd64',
      variant: 'text',
      transport: 'http',
    }),
    noTftp(),
    httpAccountAgrees(),
  ],
};

/**
 * {@link ipxe} under UEFI, where the script makes iPXE load shim before each kernel. This build predates the
 * `shim` command and must continue without it.
 */
export const ipxeUefi: Scenario = {
  ...ipxe,
  name: 'ipxe-uefi',
  summary: 'iPXE for UEFI: as ipxe',
  firmware: uefiX64Ipxe,
};
