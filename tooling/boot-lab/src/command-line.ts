import { LabError, parseArguments } from '@pxe/lab-host';

import { type LabRun } from './run-lab.js';
import { type Scenario } from './scenario/scenario.js';

/** Parsed command line. */
export type LabCommand =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'run';
      readonly runs: readonly LabRun[];
      /** Number of runs of each scenario. */
      readonly repeat: number;
      /** Maximum number of machines that boot concurrently. */
      readonly jobs: number;
      /** Store with all images. */
      readonly store: string;
      /** Mirror for stores with a single release; undefined for the host's own mirrors. */
      readonly mirror: string | undefined;
      /** Entry file of the daemon. */
      readonly server: string;
      /** Delay added to each round trip by the cable, in milliseconds. */
      readonly roundTripMs: number;
      /** Factor for every deadline. */
      readonly patience: number;
      readonly keep: boolean;
      /** Directory for the requests of each run that passed, as the boot journal saw them. */
      readonly record: string | undefined;
    };

/** Default paths, used if the command line does not set them. */
export interface CommandLineDefaults {
  readonly store: string;
  readonly server: string;
}

/** Returns the usage text, including the list of scenarios. */
export function usage(scenarios: readonly Scenario[], defaults: CommandLineDefaults): string {
  return `usage: npm run lab -- SCENARIO[@SUITE]... [options]

Boots machines in QEMU against the built daemon, to the installer's first dialog. Needs root. With a
suite, the store under test holds only the images of that release; \`all\` stands for every healthy
boot against every store, \`faults\` for every boot that has to fail, with its diagnosis, \`armed\` for
every unattended installation, \`dhcp\` for ProxyDHCP, other DHCP servers and IPv6, \`firmware\`, \`memtest\` and
\`entries\` for the boots of those names.

scenarios:
${scenarios.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join('\n')}

options:
  --repeat N       run each scenario N times [1]
  --jobs N         boot up to N machines concurrently [1]
  --store DIR      the store that holds all images [${defaults.store}]
  --mirror URL     the mirror for stores of one release [the host's own mirrors]
  --server FILE    the daemon's entry [${defaults.server}]
  --round-trip MS  put this much delay on the machine's network cable [0]
  --patience N     multiply every deadline by N, for a busy host [1]
  --record DIR     write the requests of each run that passes to DIR, for the tests of the server
  --keep           keep logs, capture and screenshots of runs that pass, too
  --help           this text`;
}

/**
 * Parses the command line.
 *
 * @throws {@link LabError} `ERR_LAB_USAGE`
 */
export function parseCommandLine(
  argv: readonly string[],
  known: readonly Scenario[],
  defaults: CommandLineDefaults,
): LabCommand {
  const { values, positionals } = parseArguments({
    args: [...argv],
    allowPositionals: true,
    options: {
      repeat: { type: 'string' },
      jobs: { type: 'string' },
      store: { type: 'string' },
      mirror: { type: 'string' },
      server: { type: 'string' },
      'round-trip': { type: 'string' },
      patience: { type: 'string' },
      keep: { type: 'boolean' },
      record: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    return { kind: 'help' };
  }
  if (positionals.length === 0) {
    throw new LabError('ERR_LAB_USAGE', 'name a scenario');
  }
  return {
    kind: 'run',
    runs: positionals.flatMap((word) => findRuns(word, known)),
    repeat: count('--repeat', values.repeat ?? '1', 1),
    jobs: count('--jobs', values.jobs ?? '1', 1),
    store: values.store ?? defaults.store,
    mirror: values.mirror,
    server: values.server ?? defaults.server,
    roundTripMs: count('--round-trip', values['round-trip'] ?? '0', 0),
    patience: count('--patience', values.patience ?? '1', 1),
    keep: values.keep ?? false,
    record: values.record,
  };
}

interface Group {
  readonly has: (scenario: Scenario) => boolean;
  /** True to run each scenario against every store, false for only the first. */
  readonly everyStore: boolean;
}

/** Words for groups of scenarios. */
const GROUPS: Readonly<Record<string, Group>> = {
  faults: { has: ({ isFault = false }) => isFault, everyStore: false },
  armed: {
    has: ({ name }) => name.endsWith('-armed') || name === 'bios-unreported',
    everyStore: false,
  },
  dhcp: { has: ({ name }) => /-(?:proxy|isc|kea|ipv6)$/.test(name), everyStore: false },
  firmware: { has: ({ name }) => name.startsWith('firmware-'), everyStore: true },
  entries: { has: ({ name }) => name.endsWith('-entry'), everyStore: true },
  memtest: { has: ({ name }) => name.endsWith('-memtest'), everyStore: true },
};

/** Parses `bios`, `bios@bookworm`, `all` or the name of a group. */
function findRuns(word: string, known: readonly Scenario[]): LabRun[] {
  if (word === 'all') {
    return known
      .filter(({ isFault = false }) => !isFault)
      .flatMap((scenario) => scenario.stores.map((content) => ({ scenario, content })));
  }
  const group = GROUPS[word];
  if (group !== undefined) {
    return known.filter(group.has).flatMap((scenario) => {
      const stores = group.everyStore ? scenario.stores : [scenario.stores[0]];
      return stores.map((content) => ({ scenario, content }));
    });
  }
  const [name = '', suite] = word.split('@');
  const scenario = known.find((candidate) => candidate.name === name);
  if (scenario === undefined) {
    const names = known.map((candidate) => candidate.name).join(', ');
    throw new LabError('ERR_LAB_USAGE', `no scenario ${name}; there are: ${names}`);
  }
  if (suite === undefined) {
    return [{ scenario, content: scenario.stores[0] }];
  }
  const content = scenario.stores.find((candidate) => candidate === suite);
  if (content === undefined) {
    const stores = scenario.stores.join(', ');
    throw new LabError('ERR_LAB_USAGE', `no store ${suite} for ${name}; there are: ${stores}`);
  }
  return [{ scenario, content }];
}

function count(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) {
    return value;
  }
  throw new LabError('ERR_LAB_USAGE', `${option} takes a number from ${least}, not ${text}`);
}
