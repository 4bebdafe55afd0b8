import { LRUCache } from 'lru-cache';

import { type MachineIdentity } from '../access/machine-identity.js';
import { isOptionalFile } from '../log/events.js';
import { type Boot, type BootOutcome, type BootStage, progressOf, stageOf } from './boot.js';
import { diagnose } from './diagnosis/diagnose.js';
import { type FileRole, fileRole, type StageName, STAGES } from './file-role.js';
import { isProven, type Sighting } from './sighting.js';

/** Silence after which a boot is no longer in progress, in milliseconds. */
const QUIET_MS = 60_000;
/**
 * Silence after which a request begins a new boot, in milliseconds: a menu may wait for hours, but
 * not days.
 */
const OPEN_FOR_MS = 12 * 60 * 60 * 1000;
/**
 * Time within which several boots at one address belong to machines that share it, in milliseconds.
 */
const TOGETHER_MS = 10 * 60 * 1000;
/**
 * Time after which fetching the first file again counts as a new boot, not a retry, in
 * milliseconds.
 */
const RETRY_MS = 10 * 60 * 1000;

/**
 * Maximum number of addresses tracked at the same time. Those that may be forged have a table of
 * their own.
 */
const MAX_PROVEN = 4096;
const MAX_UNPROVEN = 512;
const MAX_BOOTS_PER_ADDRESS = 256;
const MAX_REFUSED_FILES = 16;

/** Change of a boot. */
export interface BootChange {
  /** `ended` when the outcome is known for now; a later request may still continue the boot. */
  readonly type: 'started' | 'updated' | 'ended';
  readonly boot: Boot;
}

/**
 * Turns requests into boots. Pure: it has no clock and no timers.
 *
 * A request belongs to the boot whose MAC address or UUID it carries, or else to the boot at its
 * address that is waiting for that step. The first file of a boot begins a new one, unless the
 * previous boot got no further than that: then the firmware is retrying.
 */
export class BootCorrelator {
  readonly #proven = new LRUCache<string, readonly Boot[]>({ max: MAX_PROVEN });
  readonly #unproven = new LRUCache<string, readonly Boot[]>({ max: MAX_UNPROVEN });
  #lastId: number;

  /** @param firstId - id of the first boot */
  constructor(firstId = 1) {
    this.#lastId = firstId - 1;
  }

  /** Adds boots of an earlier run, so that later requests continue them and silence ends them. */
  restore(boots: readonly Boot[], now: number): void {
    for (const boot of boots.toSorted((one, other) => one.lastSeenAt - other.lastSeenAt)) {
      if (boot.outcome === 'booting' || now - boot.lastSeenAt < OPEN_FOR_MS) {
        const newer = this.#boots(boot.address);
        const others = newer.filter(({ lastSeenAt }) => lastSeenAt <= boot.lastSeenAt);
        const later = newer.filter(({ lastSeenAt }) => lastSeenAt > boot.lastSeenAt);
        this.#keepAll(boot.address, [...others, boot, ...later]);
      }
    }
  }

  /** Processes one request, and returns the boot that it changed; undefined if it changed none. */
  see(sighting: Sighting): BootChange | undefined {
    const boots = this.#boots(sighting.address).filter(
      ({ lastSeenAt }) => sighting.at - lastSeenAt < OPEN_FOR_MS,
    );
    if (sighting.isLate === true) {
      return this.#complete(sighting, boots);
    }
    const role = fileRole(sighting.path);
    const known = findBoot(boots, sighting, role);
    const boot = advance(known ?? this.#newBoot(sighting), sighting, role);
    // A file that is not part of any boot begins one only if it is served or its failure can be
    // explained.
    if (known === undefined && boot.stages.length === 0 && boot.diagnosis === undefined) {
      return undefined;
    }
    const others = boots.filter((one) => one !== known);
    const counted: Boot = { ...boot, machinesAtAddress: countMachines([...others, boot], boot) };
    this.#keep(sighting.address, others, counted);
    if (known === undefined) {
      this.#lastId = counted.id;
      return { type: 'started', boot: counted };
    }
    const hasEnded = counted.outcome !== 'booting' && known.outcome !== counted.outcome;
    return { type: hasEnded ? 'ended' : 'updated', boot: counted };
  }

  /** Adds the figures of a transfer that was already reported as delivered. */
  #complete(
    { path, address, at, durationMs, ...figures }: Sighting,
    boots: readonly Boot[],
  ): BootChange | undefined {
    const requestedAt = at - durationMs;
    const boot = boots
      .toReversed()
      .find(({ stages }) => stages.some((stage) => stage.path === path && isUnmeasured(stage)));
    if (boot === undefined) {
      return undefined;
    }
    const { bytes, size, blksize, windowsize } = figures;
    const stages = boot.stages.map((stage) =>
      stage.path === path && isUnmeasured(stage)
        ? {
            ...stage,
            startedAt: Math.min(stage.startedAt, requestedAt),
            ...defined({ bytes, size, blksize, windowsize }),
          }
        : stage,
    );
    const startedAt = Math.min(boot.startedAt, requestedAt);
    const completed: Boot = { ...boot, startedAt, stages };
    this.#keep(
      address,
      boots.filter((one) => one !== boot),
      completed,
    );
    return { type: 'updated', boot: completed };
  }

  /** Ends the boots that have been silent for a minute. Call it every few seconds. */
  settle(now: number): readonly BootChange[] {
    const changes: BootChange[] = [];
    for (const table of [this.#proven, this.#unproven]) {
      // Iterate over a copy, since setting an address moves it to the end.
      for (const [address, boots] of [...table.entries()]) {
        const isOver = ({ outcome, lastSeenAt }: Boot): boolean =>
          outcome === 'booting' && now - lastSeenAt >= QUIET_MS;
        if (!boots.some(isOver)) {
          continue;
        }
        const settled = boots.map((boot) => (isOver(boot) ? withOutcome(boot, true) : boot));
        table.set(address, settled);
        for (const boot of settled.filter((one) => !boots.includes(one))) {
          changes.push({ type: 'ended', boot });
        }
      }
    }
    return changes;
  }

  #boots(address: string): readonly Boot[] {
    return this.#proven.get(address) ?? this.#unproven.get(address) ?? [];
  }

  #keep(address: string, others: readonly Boot[], boot: Boot): void {
    this.#keepAll(address, [...others, boot]);
  }

  #keepAll(address: string, boots: readonly Boot[]): void {
    const kept = boots.slice(-MAX_BOOTS_PER_ADDRESS);
    if (kept.some(({ proven }) => proven)) {
      this.#unproven.delete(address);
      this.#proven.set(address, kept);
    } else {
      this.#unproven.set(address, kept);
    }
  }

  #newBoot({ address, at, durationMs }: Sighting): Boot {
    const startedAt = at - durationMs;
    return {
      id: this.#lastId + 1,
      address,
      startedAt,
      lastSeenAt: at,
      stages: [],
      refused: [],
      machinesAtAddress: 1,
      proven: false,
      outcome: 'booting',
    };
  }
}

function isRefusal({ result }: Sighting): boolean {
  return result === 'notFound' || result === 'refused' || result === 'denied';
}

/** Returns true for files that firmware probes for without expecting them. */
function isOptionalMiss({ result, path }: Sighting): boolean {
  return result === 'notFound' && isOptionalFile(path);
}

function isUnmeasured({ result, bytes }: BootStage): boolean {
  return result === 'delivered' && bytes === undefined;
}

/** Returns the facts that are not undefined. */
function defined<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Returns the boot that a request belongs to; undefined if it begins one. */
function findBoot(
  boots: readonly Boot[],
  sighting: Sighting,
  role: FileRole | undefined,
): Boot | undefined {
  const { identity } = sighting;
  // Boots of other machines are ruled out; one without identifiers so far may be this machine's.
  const candidates = withoutEarlier(boots)
    .filter((boot) => identity === undefined || isNameless(boot) || isSame(boot, identity))
    .toSorted((one, other) => other.lastSeenAt - one.lastSeenAt);
  if (role === undefined) {
    // A refused file after the end of a boot may be the first of the next one.
    return candidates.find(({ outcome }) => outcome === 'booting' || !isRefusal(sighting));
  }
  const fitting = candidates.filter((boot) => fits(boot, role));
  const index = STAGES.indexOf(role.stage);
  if (isFirstFile(sighting, role)) {
    const requestedAt = sighting.at - sighting.durationMs;
    return fitting.find(
      (boot) => progressOf(boot) <= index && requestedAt - boot.startedAt < RETRY_MS,
    );
  }
  // The boot that is waiting for this step comes first, then boots with known identifiers.
  const distance = (boot: Boot): number =>
    Math.abs(index - 1 - progressOf(boot)) - (isSame(boot, identity) ? 0.5 : 0);
  return fitting.toSorted((one, other) => distance(one) - distance(other))[0];
}

/** Returns the boots without those of machines that have booted again since. */
function withoutEarlier(boots: readonly Boot[]): readonly Boot[] {
  const latest = new Map<string, number>();
  for (const { mac, uuid, id } of boots) {
    for (const name of [mac, uuid]) {
      if (name !== undefined) {
        latest.set(name, Math.max(id, latest.get(name) ?? id));
      }
    }
  }
  return boots.filter(({ mac, uuid, id }) =>
    [mac, uuid].every((name) => name === undefined || latest.get(name) === id),
  );
}

/**
 * Returns true for the first file of a firmware's boot: iPXE and U-Boot do not load a boot loader
 * from here.
 */
function isFirstFile({ path }: Sighting, { stage, firmware }: FileRole): boolean {
  return stage === 'loader' || path === '/menu.ipxe' || firmware === 'u-boot';
}

function fits(boot: Boot, role: FileRole): boolean {
  // U-Boot requests PXELINUX's names before its own.
  const isUBoot = role.firmware === 'u-boot' && boot.firmware === 'bios' && progressOf(boot) < 0;
  return (
    isUBoot ||
    boot.firmware === undefined ||
    role.firmware === undefined ||
    boot.firmware === role.firmware
  );
}

function isNameless({ mac, uuid }: Boot): boolean {
  return mac === undefined && uuid === undefined;
}

function isSame({ mac, uuid }: Boot, identity: MachineIdentity | undefined): boolean {
  if (identity === undefined) {
    return false;
  }
  return (
    (mac !== undefined && mac === identity.mac) || (uuid !== undefined && uuid === identity.uuid)
  );
}

/** Returns the boot as it is after a request. */
function advance(boot: Boot, sighting: Sighting, role: FileRole | undefined): Boot {
  const { at, path, transport, result, reason, identity } = sighting;
  const isMissing = isRefusal(sighting);
  const moved: Boot = {
    ...boot,
    ...identity,
    lastSeenAt: Math.max(boot.lastSeenAt, at),
    proven: boot.proven || isProven(sighting),
    ...(role === undefined || isMissing ? {} : factsOf(boot, role)),
    stages:
      role === undefined || isMissing ? boot.stages : withStage(boot.stages, sighting, role.stage),
    refused:
      isMissing && !isOptionalMiss(sighting)
        ? [...boot.refused, { path, transport, result, ...defined({ reason }) }].slice(
            -MAX_REFUSED_FILES,
          )
        : boot.refused,
  };
  return withOutcome(moved, false);
}

function factsOf(boot: Boot, { firmware, arch }: FileRole): Pick<Boot, 'firmware' | 'arch'> {
  return {
    ...(firmware === undefined ? {} : { firmware }),
    // The loader reveals the architecture of the machine; a kernel only shows what somebody chose.
    ...(arch === undefined || boot.arch !== undefined ? {} : { arch }),
  };
}

function withStage(
  stages: readonly BootStage[],
  { at, durationMs, path, transport, bytes, size, result, blksize, windowsize }: Sighting,
  name: StageName,
): readonly BootStage[] {
  const known = stages.find((stage) => stage.name === name);
  const isSizeOnly = result === 'sizeOnly';
  // A request for the size after a fetch adds no information.
  if (known !== undefined && isSizeOnly && known.result !== 'sizeOnly') {
    return stages;
  }
  const stage: BootStage = {
    name,
    path,
    transport,
    startedAt: known?.startedAt ?? at - durationMs,
    endedAt: at,
    result,
    fetches: (known?.fetches ?? 0) + (isSizeOnly ? 0 : 1),
    ...defined({ bytes, size, blksize, windowsize }),
  };
  return [...stages.filter((one) => one !== known), stage].toSorted(
    (one, other) => STAGES.indexOf(one.name) - STAGES.indexOf(other.name),
  );
}

/** @param isQuiet - whether the machine has been silent for a minute */
function withOutcome(boot: Boot, isQuiet: boolean): Boot {
  const { diagnosis: _before, ...facts } = boot;
  const diagnosis = diagnose(facts, isQuiet);
  const outcome = outcomeOf(facts, isQuiet, diagnosis !== undefined);
  return { ...facts, outcome, ...(diagnosis === undefined ? {} : { diagnosis }) };
}

function outcomeOf(boot: Boot, isQuiet: boolean, isDiagnosed: boolean): BootOutcome {
  const isDelivered = (name: StageName): boolean => stageOf(boot, name)?.result === 'delivered';
  if (isDelivered('kernel') && isDelivered('initrd')) {
    return 'installer';
  }
  if (isDiagnosed) {
    return 'failed';
  }
  if (!isQuiet) {
    return 'booting';
  }
  const hasMenu = isDelivered('menu');
  const hasChosen = progressOf(boot) > STAGES.indexOf('menu');
  return hasMenu && !hasChosen ? 'menu' : 'failed';
}

/** Returns the number of distinguishable machines seen at one address at about the same time. */
function countMachines(boots: readonly Boot[], newest: Boot): number {
  const together = boots.filter(({ lastSeenAt }) => newest.lastSeenAt - lastSeenAt < TOGETHER_MS);
  const names = new Set(together.flatMap(({ mac, uuid }) => mac ?? uuid ?? []));
  return Math.max(1, names.size);
}
