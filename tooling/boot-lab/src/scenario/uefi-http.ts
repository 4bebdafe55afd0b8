import { uefiX64SecureBootHttp } from '../machine/firmware.js';
import { grubDialect } from '../menu/menu-dialect.js';
import { httpAccountAgrees, noTftp } from '../stage/evidence-stages.js';
import { httpDownload } from '../stage/transfer-stages.js';
import { addressed, installerStarted } from './installer-boot.js';
import { type Scenario } from './scenario.js';

/** UEFI HTTP Boot with Secure Boot on: the firmware's own HTTP client loads everything. */
export const uefiHttp: Scenario = {
  name: 'uefi-http',
  summary: 'UEFI x64 HTTP Boot with Secure Boot: everything over HTTP',
  firmware: uefiX64SecureBootHttp,
  dhcp: 'product',
  configuration: { kernelArgs: 'console=ttyS0,115200' },
  // Bookworm's GRUB has no http: the product offers no HTTP Boot with it.
  stores: ['all', 'trixie'],
  stages: () => [
    ...addressed(),
    httpDownload('shim', '/bootnetx64.efi'),
    httpDownload('grub', '/grubx64.efi'),
    httpDownload('config', /\/grub\/grub\.cfg$/),
    ...installerStarted(grubDialect, {
      suite: 'trixie',
      arch: 'amd64',
      variant: 'text',
      transport: 'http',
    }),
    noTftp(),
    httpAccountAgrees(),
  ],
};
