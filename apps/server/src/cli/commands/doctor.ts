import { type Command, Option } from 'commander';

import { CLIENT_KINDS } from '../../doctor/client-kind.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { type Terminal } from '../terminal.js';
import { type DoctorFlags } from './doctor/report.js';

/** Defines the command that acts as boot clients and explains what keeps them from booting. */
export function defineDoctor(doctor: Command, terminal: Terminal): void {
  addConfigFlags(
    doctor
      .option('--interface <name>', 'interface to test (default: the one with the default route)')
      .addOption(
        new Option(
          '--as <kind>',
          'kind of machine to act as (default: BIOS and UEFI x64, and each other kind that gets a boot file of its own)',
        ).choices(CLIENT_KINDS),
      )
      .option(
        '--server <ip>',
        'IPv4 address of the boot server that machines should use (default: any that DHCP names)',
      )
      .option('--json', 'print the report as JSON'),
    ['dataDir', 'access', 'http.listen'],
  ).action(async (flags: DoctorFlags, command: Command) => {
    const { checkServer, report } = await import('./doctor/report.js');
    checkServer(flags);
    await report(
      await sectionsOf(command, terminal.env, ['dataDir', 'access', 'http']),
      flags,
      terminal,
    );
  });
}
