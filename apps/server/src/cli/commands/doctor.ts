import { isIP } from 'node:net';

import { type Command, Option } from 'commander';

import { type ClientKind, clientKinds } from '../../doctor/client-kinds.js';
import { type DoctorEvent, runDoctor } from '../../doctor/doctor.js';
import { withOwnCommand } from '../../own-command.js';
import { type Finding } from '../../self-check/finding.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { withSignsOfLife } from '../progress/signs-of-life.js';
import { CommandError, shownInLine, type Terminal } from '../terminal.js';

interface DoctorFlags {
  readonly interface?: string;
  readonly as?: ClientKind;
  readonly server?: string;
  readonly json?: boolean;
}

/** Defines the command that acts as boot clients and explains what keeps them from booting. */
export function defineDoctor(
  doctor: Command,
  { env, print, printJson, printError, signal }: Terminal,
): void {
  addConfigFlags(
    doctor
      .option('--interface <name>', 'interface to test (default: the one with the default route)')
      .addOption(
        new Option(
          '--as <kind>',
          'kind of machine to act as (default: BIOS and UEFI x64, and each other kind that gets a boot file of its own)',
        ).choices(clientKinds()),
      )
      .option(
        '--server <ip>',
        'IPv4 address of the boot server that machines should use (default: any that DHCP names)',
      )
      .option('--json', 'print the report as JSON'),
    ['dataDir', 'access', 'http.listen'],
  ).action(async ({ json = false, ...flags }: DoctorFlags, command: Command) => {
    if (flags.server !== undefined && isIP(flags.server) !== 4) {
      throw new CommandError(`${flags.server} is not an IPv4 address`, undefined, {
        kind: 'usage',
      });
    }
    const { config } = await configOf(command, env);
    const printLine = (line: string): void => {
      print(withOwnCommand(line, env));
    };
    let step = 'testing the network';
    const report = await withSignsOfLife(
      { printError },
      () => `still busy with: ${step}`,
      () =>
        runDoctor({
          config,
          ...flags,
          onEvent: (event) => {
            step = event.type === 'step' ? event.title : step;
            if (!json) {
              printLine(eventLine(event));
            }
          },
          signal,
        }),
    );
    const { findings } = report;
    if (json) {
      printJson(report);
    } else {
      for (const line of findings.length === 0
        ? ['', 'All good.']
        : findings.flatMap(findingLines)) {
        printLine(line);
      }
    }
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    if (findings.length > 0) {
      throw new CommandError(countText(errors, findings.length - errors), undefined, {
        kind: errors > 0 ? 'broken' : 'doubtful',
      });
    }
  });
}

function eventLine(event: DoctorEvent): string {
  return event.type === 'step' ? `\n${event.title}` : `  ${shownInLine(event.text)}`;
}

/**
 * Returns the lines about a finding. Servers on the network choose parts of its texts, and must not be able
 * to add lines to the report.
 */
function findingLines({ severity, what, why, fix, evidence }: Finding): readonly string[] {
  const lines = [
    `${severity === 'error' ? 'ERROR' : 'WARNING'}: ${what}`,
    `  why: ${why}`,
    `  fix: ${fix}`,
    ...evidence.map((fact) => `  seen: ${fact}`),
  ];
  return ['', ...lines.map(shownInLine)];
}

function countText(errors: number, warnings: number): string {
  return [
    ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? 'error' : 'errors'}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ].join(', ');
}
