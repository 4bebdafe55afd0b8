import { isIP } from 'node:net';

import { type ClientKind } from '../../../doctor/client-kind.js';
import { type DoctorEvent, type DoctorOptions } from '../../../doctor/doctor-report.js';
import { runDoctor } from '../../../doctor/doctor.js';
import { withOwnCommand } from '../../../own-command.js';
import { type Finding } from '../../../self-check/finding.js';
import { withSignsOfLife } from '../../progress/signs-of-life.js';
import { CommandError, shownInLine, type Terminal } from '../../terminal.js';

/** Flags of `pxeboot doctor`. */
export interface DoctorFlags {
  readonly interface?: string;
  readonly as?: ClientKind;
  readonly server?: string;
  readonly json?: boolean;
}

/** @throws {@link CommandError} when `--server` is not an IPv4 address */
export function checkServer({ server }: DoctorFlags): void {
  if (server !== undefined && isIP(server) !== 4) {
    throw new CommandError(`${server} is not an IPv4 address`, undefined, { kind: 'usage' });
  }
}

/**
 * Tests the network, and prints each step and what was found.
 *
 * @throws {@link CommandError} when anything was found
 */
export async function report(
  config: DoctorOptions['config'],
  { json = false, ...flags }: DoctorFlags,
  { env, print, printJson, printError, signal }: Terminal,
): Promise<void> {
  const printLine = (line: string): void => {
    print(withOwnCommand(line, env));
  };
  let step = 'testing the network';
  const result = await withSignsOfLife(
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
  const { findings } = result;
  if (json) {
    printJson(result);
  } else {
    for (const line of findings.length === 0 ? ['', 'All good.'] : findings.flatMap(findingLines)) {
      printLine(line);
    }
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (findings.length > 0) {
    throw new CommandError(countText(errors, findings.length - errors), undefined, {
      kind: errors > 0 ? 'broken' : 'doubtful',
    });
  }
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
