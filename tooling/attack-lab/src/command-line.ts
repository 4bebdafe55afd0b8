import { resolve } from 'node:path';

import { LabError, parseArguments } from '@pxe/lab-host';

import { type Attack, type Profile } from './attack/attack.js';

/** Parsed command line. */
export interface LabCommand {
  readonly attacks: readonly Attack[];
  readonly profile: Profile;
  /** Entry file of the build under attack. */
  readonly daemon: string;
  /** Entry file of an older build that is attacked first and gets its own column. */
  readonly compare: string | undefined;
  /** Factor that widens speed targets, at least 1. */
  readonly margin: number;
}

/** Returns the usage text. */
export function usage(attacks: readonly Attack[], daemon: string): string {
  return `usage: npm run attack-lab -- [ATTACK...] [options]

Attacks the built daemon in network namespaces, and measures what it costs. Needs root.

attacks (all unless named):
${attacks.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join('\n')}

options:
  --short          the profile of CI: minutes instead of an hour
  --daemon FILE    the build to attack [${daemon}]
  --compare FILE   another build, attacked first, for a column "before"
  --margin N       factor that relaxes speed targets, for a busy host [1]
  --help           this text`;
}

/**
 * Reads the command line.
 *
 * @returns undefined if help is requested
 * @throws {@link LabError} `ERR_LAB_USAGE`
 */
export function parseCommandLine(
  argv: readonly string[],
  known: readonly Attack[],
  defaultDaemon: string,
): LabCommand | undefined {
  const { values, positionals } = parseArguments({
    args: [...argv],
    allowPositionals: true,
    options: {
      short: { type: 'boolean' },
      daemon: { type: 'string' },
      compare: { type: 'string' },
      margin: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    return undefined;
  }
  const margin = Number(values.margin ?? '1');
  if (!(margin >= 1)) {
    throw new LabError(
      'ERR_LAB_USAGE',
      `--margin: expected a number from 1, got ${values.margin ?? ''}`,
    );
  }
  return {
    attacks: positionals.length === 0 ? known : positionals.map((name) => find(name, known)),
    profile: values.short === true ? 'short' : 'full',
    daemon: resolve(values.daemon ?? defaultDaemon),
    compare: values.compare === undefined ? undefined : resolve(values.compare),
    margin,
  };
}

function find(name: string, known: readonly Attack[]): Attack {
  const found = known.find((attack) => attack.name === name);
  if (found !== undefined) {
    return found;
  }
  const names = known.map((attack) => attack.name).join(', ');
  throw new LabError('ERR_LAB_USAGE', `${name} is not an attack: expected one of ${names}`);
}
