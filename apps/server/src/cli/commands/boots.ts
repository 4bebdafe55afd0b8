import { type Command } from 'commander';

import { type ServerConfig } from '../../config/schema.js';
import { followBoots, readBoots } from '../../control/control-client.js';
import {
  bootSentence,
  durationText,
  evidenceLines,
  firmwareText,
  installerText,
  machineName,
  outcomeText,
  RESULTS,
  sharedText,
  spanText,
} from '../../machines/boot-text.js';
import { type Boot, type BootStage } from '../../machines/boot.js';
import { isInstallPath } from '../../machines/file-role.js';
import { stepText } from '../../machines/installer-step.js';
import { isNamed } from '../../machines/machine-name.js';
import { withOwnCommand } from '../../own-command.js';
import { stateFailure } from '../../state/failure.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { ageText, sizeText } from '../quantity.js';
import { CommandError, type Terminal } from '../terminal.js';

interface BootsOptions {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly limit: string;
}

const DEFAULT_LIMIT = '30';

/** Defines the command that lists boots. */
export function defineBoots(boots: Command, { env, print, printJson, signal }: Terminal): void {
  addConfigFlags(
    boots
      .argument(
        '[machine]',
        'MAC address, UUID or IP address of a machine, to show each step of its boots',
      )
      .option('--follow', 'keep listing boots as they happen until stopped')
      .option('--json', 'print JSON; with --follow, one object per line')
      .option('--limit <number>', 'maximum number of boots to list', DEFAULT_LIMIT),
    ['dataDir', 'state'],
  ).action(
    async (
      machine: string | undefined,
      { json = false, follow = false, limit }: BootsOptions,
      command: Command,
    ) => {
      const most = limitOf(limit);
      const printLine = (line: string): void => {
        print(withOwnCommand(line, env));
      };
      const config = await sectionsOf(command, env, ['dataDir', 'state']);
      const isWanted = wantedBoot(machine);
      // A machine's boots may be among the oldest, so none may be left out.
      const read = machine === undefined ? most : undefined;
      const boots = (follow ? await runningBoots(config) : await knownBoots(config, read))
        .filter(isWanted)
        .slice(0, most);
      if (json && !follow) {
        printJson({ boots });
        return;
      }
      if (!json) {
        if (boots.length === 0) {
          print(machine === undefined ? 'no boots yet' : `no boots of ${machine}`);
        }
        const describe = machine === undefined ? bootLines : stepLines;
        const now = Date.now();
        // A list starts with the newest boot. With `follow`, it ends with the newest, so that later boots
        // follow below.
        for (const boot of follow ? boots.toReversed() : boots) {
          describe(boot, now).forEach(printLine);
        }
      }
      if (!follow) {
        return;
      }
      for await (const change of followBoots(config.dataDir, signal)) {
        if (!isWanted(change.boot)) {
          continue;
        }
        if (json) {
          printJson(change, 0);
        } else {
          bootLines(change.boot, Date.now()).forEach(printLine);
        }
      }
    },
  );
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    const message = `--limit: expected a whole number of at least 1, got ${text}`;
    throw new CommandError(message, undefined, { kind: 'usage' });
  }
  return limit;
}

function wantedBoot(machine: string | undefined): (boot: Boot) => boolean {
  if (machine === undefined) {
    return () => true;
  }
  return (boot) => isNamed(boot, machine);
}

type StateConfig = Pick<ServerConfig, 'dataDir' | 'state'>;

/**
 * Returns the boots of the running daemon; if none is running, up to `limit` boots that the last one stored.
 */
async function knownBoots(
  config: StateConfig,
  limit: number | undefined,
): Promise<readonly Boot[]> {
  try {
    return await readBoots(config.dataDir);
  } catch (error) {
    const stored = isAbsence(error) ? await storedBoots(config, limit) : undefined;
    if (stored === undefined) {
      throw unreachable(error, config.dataDir);
    }
    return stored;
  }
}

async function runningBoots({ dataDir }: StateConfig): Promise<readonly Boot[]> {
  try {
    return await readBoots(dataDir);
  } catch (error) {
    throw unreachable(error, dataDir);
  }
}

async function storedBoots(
  config: StateConfig,
  limit: number | undefined,
): Promise<readonly Boot[] | undefined> {
  const { readStoredBoots } = await import('../../state/stored-boots.js');
  try {
    return await readStoredBoots(config, limit);
  } catch (cause) {
    const { cause: reason, fix } = stateFailure(cause);
    throw new CommandError(
      `no daemon is running for ${config.dataDir}, and the stored boots cannot be read: ${reason}`,
      fix,
      { cause },
    );
  }
}

/**
 * Returns true if the error means that no daemon is listening, as opposed to one that refuses this user.
 */
function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}

function unreachable(cause: unknown, dataDir: string): CommandError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EACCES') {
    return new CommandError(
      `the daemon for ${dataDir} runs as another user`,
      'run this command as that user or as root',
      { cause },
    );
  }
  return new CommandError(
    `no daemon is running for ${dataDir}`,
    'start "pxeboot serve", or pass the data directory of the running daemon with --data-dir',
    { cause, kind: 'notFound' },
  );
}

function bootLines(boot: Boot, now: number): string[] {
  const columns = [
    ageText(new Date(boot.lastSeenAt).toISOString(), now).replace(/ old$/, ' ago').padEnd(16),
    machineName(boot).padEnd(18),
    boot.address.padEnd(16),
    firmwareText(boot).padEnd(11),
    outcomeText(boot).padEnd(22),
    durationText(boot),
  ];
  const notes = [
    sharedText(boot),
    boot.diagnosis === undefined ? installerText(boot) : bootSentence(boot),
  ];
  return [
    columns.join('').trimEnd(),
    ...notes.flatMap((note) => (note === undefined ? [] : [`    ${note}`])),
  ];
}

/** Minimum width of the column with the time of each step, in characters. */
const MIN_TIME_WIDTH = 9;

function stepLines(boot: Boot, now: number): string[] {
  const sinceStart = (at: number): string => `+${spanText(at - boot.startedAt)}`;
  const times = [
    ...boot.stages.map(({ startedAt }) => sinceStart(startedAt)),
    ...(boot.installer ?? []).map(({ at }) => sinceStart(at)),
  ];
  const width = Math.max(MIN_TIME_WIDTH, ...times.map(({ length }) => length));
  const after = (at: number): string => sinceStart(at).padStart(width);
  const indent = ' '.repeat(width + 4);
  const stages = boot.stages.map((stage) => {
    const took = spanText(stage.endedAt - stage.startedAt);
    const repeats = stage.fetches > 1 ? `, fetched ${stage.fetches} times` : '';
    const result = stage.result === 'delivered' ? '' : `, ${RESULTS[stage.result]}`;
    const line = `  ${after(stage.startedAt)}  ${stage.name.padEnd(9)} ${stage.transport.toUpperCase()} ${stage.path}${amountText(stage)} in ${took}${repeats}${result}`;
    return { at: stage.startedAt, line, isOfInstaller: isInstallPath(stage.path) };
  });
  const logged = (boot.installer ?? []).map((step) => ({
    at: step.at,
    line: `  ${after(step.at)}  installer ${stepText(step)}`,
  }));
  const steps = [
    ...stages.filter(({ isOfInstaller }) => !isOfInstaller),
    ...[...logged, ...stages.filter(({ isOfInstaller }) => isOfInstaller)].toSorted(
      (one, other) => one.at - other.at,
    ),
  ].map(({ line }) => line);
  const keys = (boot.hostKeys ?? []).map(
    ({ type, fingerprint }) => `${indent}SSH host key ${type} ${fingerprint}`,
  );
  const refused = boot.refused.map(
    ({ path, transport, reason }) =>
      `${indent}refused ${transport.toUpperCase()} ${path}${reason === undefined ? '' : `: ${reason}`}`,
  );
  const evidence = boot.diagnosis === undefined ? [] : evidenceLines(boot.diagnosis);
  return [
    ...bootLines(boot, now),
    ...steps,
    ...keys,
    ...refused,
    `    ${bootSentence(boot)}`,
    ...evidence.map((line) => `    evidence: ${line}`),
  ];
}

/**
 * Returns how much of a file was received, as in `, 19 kB of 74.9 kB`. Returns only the size if the whole
 * file was received or only its size was requested, and an empty text if the amount is unknown.
 */
function amountText({ bytes, size, result }: BootStage): string {
  if (size !== undefined && (result === 'sizeOnly' || bytes === size)) {
    return `, ${sizeText(size)}`;
  }
  if (bytes === undefined) {
    return '';
  }
  return size === undefined ? `, ${sizeText(bytes)}` : `, ${sizeText(bytes)} of ${sizeText(size)}`;
}
