import { type Boot, type Diagnosis, progressOf, stageOf } from './boot.js';
import { entryOf, type Firmware, STAGES } from './file-role.js';
import { stepText } from './installer-step.js';
import { type SightingResult } from './sighting.js';

const FIRMWARE: Readonly<Record<Firmware, string>> = {
  bios: 'BIOS',
  uefi: 'UEFI',
  ipxe: 'iPXE',
  'u-boot': 'U-Boot',
};

/** Descriptions of the results of requests. */
export const RESULTS: Readonly<Record<SightingResult, string>> = {
  delivered: 'delivered',
  interrupted: 'interrupted',
  sizeOnly: 'size only',
  notFound: 'not found',
  refused: 'refused',
  denied: 'denied',
};

/** Returns the best available name of the machine: its MAC address, its UUID or its IP address. */
export function machineName({ mac, uuid, address }: Boot): string {
  return mac ?? uuid ?? address;
}

/** Returns the kind of firmware and the architecture, as in `UEFI arm64`. */
export function firmwareText({ firmware, arch }: Boot): string {
  if (firmware === undefined) {
    return 'unknown';
  }
  return arch === undefined ? FIRMWARE[firmware] : `${FIRMWARE[firmware]} ${arch}`;
}

/**
 * Returns the progress of a boot: for example, `installed trixie`, `installer of trixie`, `local disk`,
 * `menu`, `kernel` or `nothing`.
 */
export function reachedText(boot: Boot): string {
  if (boot.outcome === 'installer') {
    const suite = suiteOf(boot);
    if (stageOf(boot, 'installed') !== undefined) {
      return suite === undefined ? 'installed' : `installed ${suite}`;
    }
    const entry = entryOf(stageOf(boot, 'kernel')?.path ?? '');
    if (entry !== undefined) {
      return `entry ${entry}`;
    }
    return suite === undefined ? 'installer' : `installer of ${suite}`;
  }
  return boot.outcome === 'local' ? 'local disk' : (STAGES[progressOf(boot)] ?? 'nothing');
}

/** Returns the last step that the installer reported; undefined before the first. */
function installStage(boot: Boot): string | undefined {
  const progress = progressOf(boot);
  return progress < STAGES.indexOf('preseed') ? undefined : STAGES[progress];
}

/** Returns the step of a running installer; undefined if it has not sent its log, or has finished. */
export function installerText(boot: Boot): string | undefined {
  const step = boot.installer?.at(-1);
  return step === undefined || installStage(boot) === 'installed' ? undefined : stepText(step);
}

/** Returns how far the boot got, for a table: for example, `kernel` or `failed after kernel`. */
export function outcomeText(boot: Boot): string {
  if (boot.outcome !== 'failed') {
    return reachedText(boot);
  }
  return progressOf(boot) < 0 ? 'failed: no file' : `failed after ${reachedText(boot)}`;
}

/** Returns the time from the first request to the last one: `13.2 s`. */
export function durationText({ startedAt, lastSeenAt }: Boot): string {
  return spanText(lastSeenAt - startedAt);
}

/**
 * Formats a time span: `13.2 s`, `3 min 20 s`, `2 h 5 min`.
 *
 * @param digits - number of decimal places below a minute
 */
export function spanText(milliseconds: number, digits = 1): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (Math.round(seconds) < 60) {
    return `${seconds.toFixed(digits)} s`;
  }
  const minutes = Math.floor(Math.round(seconds) / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds) % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Returns the sentence for the log and the list: what happened, or the problem and its fix.
 */
export function bootSentence(boot: Boot): string {
  if (boot.diagnosis !== undefined) {
    return `${boot.diagnosis.cause}. ${boot.diagnosis.fix}`;
  }
  switch (boot.outcome) {
    case 'booting':
      return `in progress: ${reachedText(boot)}`;
    case 'installer': {
      const stage = installStage(boot);
      if (stage === 'installed') {
        return `${reachedText(boot)} in ${durationText(boot)}`;
      }
      const step = installerText(boot);
      if (step !== undefined) {
        return `${reachedText(boot)}: ${step}`;
      }
      const told = stage === undefined ? '' : `, which fetched: ${stage}`;
      return `started the ${reachedText(boot)} in ${durationText(boot)}${told}`;
    }
    case 'local':
      return 'has a menu that boots its local disk at once';
    case 'menu':
      return 'has the menu but has not loaded an entry: it is waiting for a choice, or has booted its local disk';
    case 'failed':
      return progressOf(boot) < 0
        ? 'stopped before it received a file'
        : `stopped; last reached: ${reachedText(boot)}`;
  }
}

/**
 * Returns a note on the number of machines that share the address; undefined if the boot has a MAC address or
 * UUID, or its machine is the only one there.
 */
export function sharedText({ mac, uuid, machinesAtAddress }: Boot): string | undefined {
  const isKnown = mac !== undefined || uuid !== undefined;
  return isKnown || machinesAtAddress < 2
    ? undefined
    : `one of ${machinesAtAddress} machines at this address`;
}

function suiteOf(boot: Boot): string | undefined {
  const path = stageOf(boot, 'kernel')?.path ?? '';
  return entryOf(path) === undefined ? path.split('/')[2] : undefined;
}

/** Returns a line for each request that a diagnosis is based on, with its time in UTC. */
export function evidenceLines({ evidence = [] }: Diagnosis): string[] {
  return evidence.map(({ at, transport, path, result, bytes, size, fetches = 1, reason }) => {
    const time = at === undefined ? '' : `${new Date(at).toISOString()} `;
    const of = size === undefined ? '' : ` of ${size}`;
    const facts = [
      RESULTS[result],
      ...(bytes === undefined ? [] : [`${bytes}${of} bytes`]),
      ...(fetches > 1 ? [`fetched ${fetches} times`] : []),
      ...(reason === undefined ? [] : [reason]),
    ];
    return `${time}${transport.toUpperCase()} ${path}: ${facts.join(', ')}`;
  });
}
