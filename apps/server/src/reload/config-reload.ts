import { setTimeout as delay } from 'node:timers/promises';

import { type LoadedConfig } from '../config/loaded-config.js';
import { namedFiles } from '../config/named-files.js';
import { type AppliedChange, type RunningDaemon } from '../daemon.js';
import { ConfigError } from '../errors.js';
import { type LogOutput } from '../log/logger.js';
import { type FileStates, fileStates, haveChanged } from './file-states.js';

/** Interval between checks of the files, in milliseconds. */
const LOOK_MS = 10_000;
/**
 * Time for which files must be unchanged before they are read, in milliseconds, since a file may be half
 * written.
 */
const SETTLE_MS = 1_000;

export interface ConfigReloadOptions {
  /** Reads and checks the configuration. */
  readonly read: () => Promise<LoadedConfig>;
  /** Possible paths of the configuration file. */
  readonly paths: readonly string[];
}

/** Configuration that is read again on request, and when one of its files changes. */
export interface ConfigReload {
  /**
   * Reads the initial configuration.
   *
   * @throws {@link ConfigError} when the configuration is invalid or cannot be read
   */
  load(): Promise<LoadedConfig>;
  /** Requests a reload, which happens as soon as the daemon is running. */
  request(): void;
  /**
   * Applies each new configuration to a daemon and its log from now on.
   *
   * @param onRequested - called before and after each requested reload, whether or not it succeeds
   */
  follow(
    daemon: Pick<RunningDaemon, 'reload'>,
    log: LogOutput,
    onRequested: (step: 'begun' | 'done') => void,
  ): void;
  /** Stops watching, once any running reload has finished. */
  stop(): Promise<void>;
}

/**
 * Watches the configuration file and the files that it names. An invalid configuration is reported once, and
 * read again on request or when a file has changed.
 */
export function createConfigReload({ read, paths }: ConfigReloadOptions): ConfigReload {
  let isStopped = false;
  let waking = new AbortController();
  let isRequested = false;
  /** Path of the configuration file at the start. */
  let firstFile: string | undefined;
  /** Path of the configuration file that was last read successfully. */
  let lastFile: string | undefined;
  /** True if that file was blank when it was last read successfully. */
  let wasBlank = true;
  /** Files named by the last valid configuration. */
  let named: readonly string[] = [];
  /**
   * States of the files at the last read: those of the configuration files from just before it, and those of the
   * named files from just after it, before they are read themselves.
   */
  let lastRead: FileStates = new Map();
  let following: Promise<void> = Promise.resolve();

  /** Reads the configuration again; changes made in the meantime are detected by the next check. */
  async function readAgain(): Promise<LoadedConfig> {
    lastRead = await fileStates([...paths, ...named], lastRead);
    const loaded = await read();
    if (firstFile !== undefined && loaded.file === undefined) {
      throw problemOf(firstFile, 'this file no longer exists; restart pxeboot to run without it');
    }
    if (firstFile !== undefined && loaded.isFileBlank && !wasBlank) {
      throw problemOf(
        firstFile,
        'this file is empty, perhaps after a failed write; write {} to it to use the defaults',
      );
    }
    wasBlank = loaded.isFileBlank;
    lastFile = loaded.file;
    named = [...namedFiles(loaded.config).values()];
    lastRead = new Map([...lastRead, ...(await fileStates(named, lastRead))]);
    return loaded;
  }

  /** Returns true if files have changed and seem to be complete. */
  async function hasChanged(): Promise<boolean> {
    const now = await fileStates([...paths, ...named], lastRead);
    if (!haveChanged(now, lastRead)) {
      return false;
    }
    await delay(SETTLE_MS, undefined, { ref: false });
    return !haveChanged(await fileStates(now.keys(), now), now);
  }

  async function keepFollowing(
    daemon: Pick<RunningDaemon, 'reload'>,
    log: LogOutput,
    onRequested: (step: 'begun' | 'done') => void,
  ): Promise<void> {
    do {
      const isReply = isRequested;
      if (!isReply && !(await hasChanged())) {
        continue;
      }
      isRequested = false;
      if (isReply) {
        onRequested('begun');
      }
      try {
        const applied = await daemon.reload(readAgain);
        await log.configure(applied.config.log);
        reportChange(log, applied, lastFile);
      } catch (error) {
        reportFailure(log, error);
      }
      if (isReply) {
        onRequested('done');
      }
    } while (await pause());
  }

  /** Waits for the next check or request; returns false if stopped. */
  async function pause(): Promise<boolean> {
    if (!isRequested && !isStopped) {
      waking = new AbortController();
      const { signal } = waking;
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return !isStopped;
  }

  return {
    async load() {
      const loaded = await readAgain();
      firstFile = loaded.file;
      return loaded;
    },
    request() {
      isRequested = true;
      waking.abort();
    },
    follow(daemon, log, onRequested) {
      following = keepFollowing(daemon, log, onRequested);
    },
    async stop() {
      isStopped = true;
      waking.abort();
      await following;
    },
  };
}

function problemOf(source: string, message: string): ConfigError {
  return new ConfigError([{ key: '', source, message }]);
}

function reportChange(
  { logger }: LogOutput,
  { changed, needRestart }: AppliedChange,
  file: string | undefined,
): void {
  const what = changed.length === 0 ? 'no key has changed' : changed.join(', ');
  logger.info(
    { event: 'config.reloaded', ...(file !== undefined && { file }), changed },
    `reloaded the configuration: ${what}`,
  );
  if (needRestart.length > 0) {
    logger.warn(
      { event: 'config.restart-needed', keys: needRestart },
      `restart pxeboot to change ${needRestart.join(', ')}; the old values stay in effect until then`,
    );
  }
}

function reportFailure({ logger }: LogOutput, error: unknown): void {
  const { message } = error as Error;
  logger.error(
    error instanceof ConfigError
      ? { event: 'config.invalid', problems: error.problems }
      : { event: 'config.invalid', err: error },
    `the new configuration is invalid, so the old one stays in effect: ${message.replaceAll('\n', '; ')}`,
  );
}
