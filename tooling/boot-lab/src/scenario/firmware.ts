import { biosIntel82551 } from '../machine/firmware.js';
import { captureFinished } from '../stage/evidence-stages.js';
import { serialText } from '../stage/installer-stages.js';
import { newestSuite } from '../store/store-content.js';
import { armedConfiguration, installerBegins, PXELINUX_MENU } from './armed.js';
import { type Scenario } from './scenario.js';

/** Package with the file that the card's driver asks for, by suite. */
const PACKAGES = { trixie: 'firmware-intel-misc', bookworm: 'firmware-misc-nonfree' } as const;

/** Commands with which the installer lists the packages in its initrd, and those that hw-detect has installed. */
const REPORT: readonly string[] = [
  'for file in /firmware/*.deb; do echo "pxeboot lab: initrd has $file"; done >/dev/console',
  'while read name rest; do echo "pxeboot lab: installed $name"; done </var/log/firmware-summary >/dev/console',
];

/** Returns a scenario in which the driver of a card asks for firmware, and hw-detect finds it in the second initrd. */
function firmwareNeeded(transport: 'http' | 'tftp'): Scenario {
  return {
    name: `firmware-${transport}`,
    summary: `BIOS, a card without its firmware: the installer has it in an initrd, by ${transport.toUpperCase()}`,
    firmware: biosIntel82551,
    dhcp: { bootFile: transport === 'http' ? 'lpxelinux.0' : 'pxelinux.0' },
    configuration: armedConfiguration({ earlyCommands: REPORT }),
    stores: ['trixie', 'bookworm'],
    fetches: () => Promise.resolve({ firmware: Object.values(PACKAGES) }),
    storeChange: 'forgetful',
    stages: (store) => {
      const name = PACKAGES[newestSuite(store)];
      return [
        ...installerBegins(PXELINUX_MENU, { transport, hasFirmware: true }),
        serialText('listed', new RegExp(`initrd has /firmware/${name}_\\S+`), 60_000),
        serialText('used', new RegExp(`pxeboot lab: installed ${name}`), 60_000),
        captureFinished(),
      ];
    },
  };
}

export const firmwareHttp: Scenario = firmwareNeeded('http');
export const firmwareTftp: Scenario = firmwareNeeded('tftp');
