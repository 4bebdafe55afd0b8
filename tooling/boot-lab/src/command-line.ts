import { parseArgs } from 'node:util';

import { LabError } from './errors.js';
import { type Scenario } from './scenario/scenario.js';

/** What the command line asks for. */
export type LabCommand =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'run';
      readonly scenarios: readonly Scenario[];
      /** How often each scenario is run. */
      readonly repeat: number;
      /** The image store that the daemon serves. */
      readonly store: string;
      /** The daemon's entry file. */
      readonly server: string;
      /** What the cable adds to each round trip, in milliseconds. */
      readonly roundTripMs: number;
      /** Every deadline is multiplied by this. */
      readonly patience: number;
      readonly keep: boolean;
    };

/** Where things are when the command line does not say. */
export interface CommandLineDefaults {
  readonly store: string;
  readonly server: string;
}

/** The usage text, with the scenarios that there are. */
export function usage(scenarios: readonly Scenario[], defaults: CommandLineDefaults): string {
  return `usage: npm run lab -- SCENARIO... [options]

Boots machines in QEMU against the built daemon, to the installer's first dialog. Needs root.

scenarios:
${scenarios.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join('\n')}

options:
  --repeat N       run each scenario N times [1]
  --store DIR      the image store to serve [${defaults.store}]
  --server FILE    the daemon's entry [${defaults.server}]
  --round-trip MS  put this much delay on the machine's network cable [0]
  --patience N     multiply every deadline by N, for a busy host [1]
  --keep           keep logs, capture and screenshots of runs that pass, too
  --help           this text`;
}

/**
 * Reads the command line.
 *
 * @throws {@link LabError} `ERR_LAB_USAGE`
 */
export function parseCommandLine(
  argv: readonly string[],
  known: readonly Scenario[],
  defaults: CommandLineDefaults,
): LabCommand {
  const { values, positionals } = parse(argv);
  if (values.help === true) return { kind: 'help' };
  if (positionals.length === 0) throw new LabError('ERR_LAB_USAGE', 'name a scenario');
  return {
    kind: 'run',
    scenarios: positionals.map((name) => findScenario(name, known)),
    repeat: count('--repeat', values.repeat ?? '1', 1),
    store: values.store ?? defaults.store,
    server: values.server ?? defaults.server,
    roundTripMs: count('--round-trip', values['round-trip'] ?? '0', 0),
    patience: count('--patience', values.patience ?? '1', 1),
    keep: values.keep ?? false,
  };
}

function findScenario(name: string, known: readonly Scenario[]): Scenario {
  const scenario = known.find((candidate) => candidate.name === name);
  if (scenario !== undefined) return scenario;
  const names = known.map((candidate) => candidate.name).join(', ');
  throw new LabError('ERR_LAB_USAGE', `no scenario ${name}; there are: ${names}`);
}

function count(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new LabError('ERR_LAB_USAGE', `${option} takes a number from ${least}, not ${text}`);
}

interface ParsedArguments {
  readonly values: {
    readonly repeat?: string | undefined;
    readonly store?: string | undefined;
    readonly server?: string | undefined;
    readonly 'round-trip'?: string | undefined;
    readonly patience?: string | undefined;
    readonly keep?: boolean | undefined;
    readonly help?: boolean | undefined;
  };
  readonly positionals: readonly string[];
}

function parse(argv: readonly string[]): ParsedArguments {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        repeat: { type: 'string' },
        store: { type: 'string' },
        server: { type: 'string' },
        'round-trip': { type: 'string' },
        patience: { type: 'string' },
        keep: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new LabError('ERR_LAB_USAGE', message);
  }
}
