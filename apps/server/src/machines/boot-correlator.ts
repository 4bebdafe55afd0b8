import { type MachineIdentity } from '../access/machine-identity.js';
import { type Boot } from './boot.js';
import { type FileRole, knownFileRole, STAGES } from './file-role.js';
import { type InstallerStep } from './installer-step.js';
import { isRefusal, OpenBoot } from './open-boot.js';
import { isProven, type Sighting } from './sighting.js';

/** Silence after which a boot is considered no longer in progress, in milliseconds. */
const QUIET_MS = 60_000;
/**
 * Silence after which a request begins a new boot, in milliseconds: a menu may be left waiting for hours, but
 * not for days.
 */
const OPEN_FOR_MS = 12 * 60 * 60 * 1000;
/**
 * Time within which several boots at one address belong to machines that share it, in milliseconds.
 */
const TOGETHER_MS = 10 * 60 * 1000;
/**
 * Time since the start of a boot after which another fetch of the first file begins a new boot, in
 * milliseconds; before that, it is a retry.
 */
const RETRY_MS = 10 * 60 * 1000;

/**
 * Maximum number of boots that later requests can continue, each of which takes up to 10 kB. Boots that may
 * be forged have a separate limit.
 */
const MAX_PROVEN = 5000;
const MAX_UNPROVEN = 512;
const MAX_BOOTS_PER_ADDRESS = 256;

/** Change to a boot. */
export interface BootChange {
  /** `ended` when the outcome is known for the time being; a later request may still continue the boot. */
  readonly type: 'started' | 'updated' | 'ended';
  readonly boot: Boot;
  /** True if the last request of the boot came from another daemon on the same database. */
  readonly isForeign?: boolean;
}

/** Origin of a request, for daemons that exchange their requests. */
export interface Origin {
  /** Id of the boot that the request may begin. @default the next one of this correlator */
  readonly bootId?: number;
  /** True if another daemon served the request. @default false */
  readonly isForeign?: boolean;
}

/** Step that an installer has logged. */
export interface LoggedStep extends InstallerStep {
  /** Address that the machine booted from; the installer may have a different one. */
  readonly address: string;
  readonly identity: MachineIdentity | undefined;
}

/** Boots at one address, in order of their last change. */
interface Address {
  readonly boots: OpenBoot[];
}

/**
 * Turns requests into boots. Pure: it has no clock and no timers.
 *
 * A request belongs to the boot at its address that is waiting for the step of that request. Its MAC address
 * or UUID rules out the boots of other machines, and decides between boots that are equally close to the
 * step. A boot whose identifiers come only from requests that may be forged is not ruled out, but considered
 * last. The first file of a boot begins a new one, unless the previous boot began less than ten minutes ago
 * and got no further than that file: then the firmware is retrying.
 *
 * Requests change boots in place; {@link BootCorrelator.takeChanges} evaluates each boot once for all of its
 * requests since the last call.
 */
export class BootCorrelator {
  readonly #addresses = new Map<string, Address>();
  /** Boots of all addresses, in order of their last change. */
  readonly #proven = new Set<OpenBoot>();
  readonly #unproven = new Set<OpenBoot>();
  /** Boots that have changed, with their addresses. */
  readonly #changed = new Map<OpenBoot, Address>();
  /** Identifiers that machines gave before their boots began, by address. */
  readonly #announcements = new Map<
    string,
    { readonly identity: MachineIdentity; readonly at: number }
  >();
  #lastId: number;
  #lastOrder = 0;

  /** @param firstId - id of the first boot */
  constructor(firstId = 1) {
    this.#lastId = firstId - 1;
  }

  /** Returns an id that no boot has, for {@link Origin.bootId}. */
  takeId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /**
   * Adds boots from an earlier run or from another daemon, so that later requests continue them and silence
   * ends them.
   *
   * @param isForeign - true if they may belong to another daemon. `@default` false
   */
  restore(boots: readonly Boot[], now: number, isForeign = false): void {
    const continued = boots.filter(
      ({ outcome, lastSeenAt }) => outcome === 'booting' || now - lastSeenAt < OPEN_FOR_MS,
    );
    const ordered = continued.toSorted((one, other) => one.lastSeenAt - other.lastSeenAt);
    const restored = new Set<Address>();
    for (const boot of ordered) {
      const place = this.#addresses.get(boot.address) ?? { boots: [] };
      const open = OpenBoot.of(boot);
      open.isForeign = isForeign;
      place.boots.push(open);
      this.#track(open, place);
      restored.add(place);
    }
    for (const place of restored) {
      const { boots: all } = place;
      all.sort((one, other) => one.lastSeenAt - other.lastSeenAt);
      this.#end(takeExcess(all), place);
      markSuperseded(all);
    }
  }

  /**
   * Adds what other daemons have stored of boots that this one knows. Their requests may have been lost on the way,
   * or sent before this daemon started.
   *
   * @returns ids of boots that were removed: parts of a stored boot whose first request this daemon has missed
   */
  merge(boots: readonly Boot[]): readonly number[] {
    const atAddress = new Map<string, Boot[]>();
    for (const boot of boots) {
      atAddress.set(boot.address, [...(atAddress.get(boot.address) ?? []), boot]);
    }
    const removed: number[] = [];
    for (const open of [...this.#proven, ...this.#unproven]) {
      const place = this.#addresses.get(open.address);
      const stored = atAddress.get(open.address) ?? [];
      const same = stored.find(({ id }) => id === open.id);
      if (place === undefined) {
        continue;
      }
      if (same !== undefined) {
        if (open.merge(same)) {
          open.isForeign = true;
          this.#track(open, place);
          this.#changed.set(open, place);
        }
      } else if (open.isForeign && stored.some((boot) => open.isPartOf(boot))) {
        place.boots.splice(place.boots.indexOf(open), 1);
        if (place.boots.length === 0) {
          this.#addresses.delete(open.address);
        }
        this.#forget(open);
        this.#changed.delete(open);
        removed.push(open.id);
      }
    }
    return removed;
  }

  /** Adds one request. */
  add(sighting: Sighting, { bootId, isForeign = false }: Origin = {}): void {
    const { address, at } = sighting;
    const known = this.#addresses.get(address);
    if (known !== undefined) {
      this.#end(takeExpired(known.boots, at), known);
      if (known.boots.length === 0) {
        this.#addresses.delete(address);
      }
    }
    if (sighting.isLate === true) {
      if (known !== undefined) {
        this.#complete(sighting, known);
      }
      return;
    }
    const role = knownFileRole(sighting.path);
    const continued = known && findBoot(known.boots, sighting, role);
    // A request that continues no boot begins one only if it fetches a file that marks a step, or if its
    // failure can be explained.
    if (continued === undefined && role === undefined && !isRefusal(sighting)) {
      return;
    }
    const boot = continued ?? new OpenBoot(bootId ?? this.#lastId + 1, sighting);
    const identity =
      sighting.identity ?? (continued === undefined ? this.#announced(address, at) : undefined);
    const isRenamed = boot.add(
      identity === sighting.identity ? sighting : { ...sighting, identity },
      role,
    );
    if (continued === undefined) {
      if (boot.progress < 0 && boot.boot.diagnosis === undefined) {
        this.#announce(sighting);
        return;
      }
      if (bootId === undefined) {
        this.#lastId = boot.id;
      }
      this.#lastOrder += 1;
      boot.order = this.#lastOrder;
    }
    boot.isForeign = isForeign;
    const place = known ?? { boots: [] };
    moveToEnd(place.boots, boot);
    this.#track(boot, place);
    this.#end(takeExcess(place.boots), place);
    if (isRenamed) {
      markSuperseded(place.boots);
      takeSuperseded(place.boots).forEach(this.#forget);
    }
    this.#changed.set(boot, place);
  }

  /**
   * Adds a step of an installer to the most recently changed boot at its address, if that boot may be running
   * an installer. Steps neither begin a boot nor prove an identity, since anyone can send them.
   *
   * @param isForeign - true if another daemon received the step. @default false
   */
  addStep({ address, identity, ...step }: LoggedStep, isForeign = false): void {
    const place = this.#addresses.get(address);
    const boot = place?.boots.findLast(
      (open) =>
        !open.isSuperseded && (identity === undefined || open.isNameless || open.isNamed(identity)),
    );
    if (place !== undefined && boot?.mayInstall === true) {
      boot.addInstallerStep(step);
      boot.isForeign = isForeign;
      moveToEnd(place.boots, boot);
      this.#track(boot, place);
      this.#changed.set(boot, place);
    }
  }

  /**
   * Keeps the identifiers of a machine that requests its own configuration before it requests a file that
   * begins a boot, as U-Boot does.
   */
  #announce({ address, at, identity }: Sighting): void {
    if (identity === undefined) {
      return;
    }
    this.#announcements.delete(address);
    this.#announcements.set(address, { identity, at });
    const [oldest] = this.#announcements.keys();
    if (oldest !== undefined && this.#announcements.size > MAX_UNPROVEN) {
      this.#announcements.delete(oldest);
    }
  }

  /** Returns the identifiers that the machine at an address gave within the last minute, before its boot. */
  #announced(address: string, now: number): MachineIdentity | undefined {
    const announcement = this.#announcements.get(address);
    if (announcement === undefined || now - announcement.at >= QUIET_MS) {
      return undefined;
    }
    return announcement.identity;
  }

  /** Returns the changes since the last call, in the order in which the boots first changed. */
  takeChanges(): readonly BootChange[] {
    if (this.#changed.size === 0) {
      return [];
    }
    const changes: BootChange[] = [];
    for (const [open, { boots }] of this.#changed) {
      open.countMachines(countMachines(boots, open));
      report(open, changes);
    }
    this.#changed.clear();
    return changes;
  }

  /** Adds a request and returns the changes that it causes. */
  see(sighting: Sighting): readonly BootChange[] {
    this.add(sighting);
    return this.takeChanges();
  }

  /**
   * Ends the boots that have been silent for a minute. Call it every few seconds.
   *
   * @param isBusy - returns true for an address that is receiving a file: its boots are not silent
   */
  settle(now: number, isBusy: (address: string) => boolean = () => false): readonly BootChange[] {
    const changes = [...this.takeChanges()];
    for (const table of [this.#proven, this.#unproven]) {
      for (const open of table) {
        const isQuiet = now - open.lastSeenAt >= QUIET_MS && !isBusy(open.address);
        if (open.outcome === 'booting' && isQuiet) {
          open.fallSilent();
          report(open, changes);
        }
      }
    }
    return changes;
  }

  /** Adds the figures of a transfer that was already reported as delivered. */
  #complete(sighting: Sighting, place: Address): void {
    const { boots } = place;
    for (let index = boots.length - 1; index >= 0; index--) {
      const boot = boots[index];
      if (boot?.complete(sighting) === true) {
        this.#changed.set(boot, place);
        return;
      }
    }
  }

  /**
   * Makes a boot the most recently changed one; drops the least recently changed one if there are too many.
   */
  #track(open: OpenBoot, place: Address): void {
    this.#addresses.set(open.address, place);
    this.#forget(open);
    const [table, max] = open.proven ? [this.#proven, MAX_PROVEN] : [this.#unproven, MAX_UNPROVEN];
    table.add(open);
    const [oldest] = table;
    if (oldest !== undefined && table.size > max) {
      this.#drop(oldest);
    }
  }

  /** Removes a boot from the boots of its address, and ends it. */
  #drop(open: OpenBoot): void {
    const { address } = open;
    const place = this.#addresses.get(address) ?? { boots: [] };
    const index = place.boots.indexOf(open);
    if (index >= 0) {
      place.boots.splice(index, 1);
    }
    if (place.boots.length === 0) {
      this.#addresses.delete(address);
    }
    this.#end([open], place);
  }

  /** Ends boots that were removed from their address, so that no later request can continue them. */
  #end(boots: readonly OpenBoot[], place: Address): void {
    for (const open of boots) {
      if (open.outcome === 'booting') {
        open.fallSilent();
        this.#changed.set(open, place);
      }
      this.#forget(open);
    }
  }

  /** Removes a boot from the tables of all addresses. */
  readonly #forget = (open: OpenBoot): void => {
    this.#proven.delete(open);
    this.#unproven.delete(open);
  };
}

function report(open: OpenBoot, changes: BootChange[]): void {
  const { boot } = open;
  const { reportedOutcome: before } = open;
  const hasEnded = boot.outcome !== 'booting' && boot.outcome !== before;
  open.reportedOutcome = boot.outcome;
  const origin = open.isForeign ? { isForeign: true } : {};
  if (before === undefined) {
    changes.push({ type: 'started', boot, ...origin });
  }
  if (hasEnded || before !== undefined) {
    changes.push({ type: hasEnded ? 'ended' : 'updated', boot, ...origin });
  }
}

/** Returns the boot that a request continues; undefined if there is none. */
function findBoot(
  boots: readonly OpenBoot[],
  sighting: Sighting,
  role: FileRole | undefined,
): OpenBoot | undefined {
  const { identity, at, durationMs } = sighting;
  const index = role === undefined ? -1 : STAGES.indexOf(role.stage);
  const isFirst = role !== undefined && isFirstFile(sighting, role);
  let best: OpenBoot | undefined;
  let bestDistance = Infinity;
  for (const boot of boots) {
    // Boots of other machines are ruled out; a boot without identifiers may be this machine's.
    const isOfOther = identity !== undefined && !boot.isNameless && !boot.isNamed(identity);
    if (
      boot.isSuperseded ||
      at - boot.lastSeenAt >= OPEN_FOR_MS ||
      (isOfOther && (boot.isNameProven || !isProven(sighting)))
    ) {
      continue;
    }
    // A boot whose identifiers may be forged comes last.
    let distance = isOfOther ? STAGES.length : 0;
    // A refused file after the end of a boot may be the first file of the next one.
    if (isRefusal(sighting) && hasEnded(boot, role)) {
      continue;
    }
    if (role === undefined) {
      // A file without a role belongs to the boot that changed most recently.
    } else if (!boot.fits(role)) {
      continue;
    } else if (isFirst) {
      if (boot.progress > index || at - durationMs - boot.startedAt >= RETRY_MS) {
        continue;
      }
    } else {
      // The boot closest to this step comes first; at equal distance, one with this machine's identifiers.
      distance += Math.abs(index - 1 - boot.progress) - (boot.isNamed(identity) ? 0.5 : 0);
    }
    const isBetter =
      best === undefined ||
      distance < bestDistance ||
      (distance === bestDistance && boot.lastSeenAt > best.lastSeenAt);
    if (isBetter) {
      best = boot;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Returns true if a boot has ended, so that a refused file with this role does not belong to it. A boot that
 * stopped earlier may still continue with a known file: its menu may have waited.
 */
function hasEnded({ outcome }: OpenBoot, role: FileRole | undefined): boolean {
  return outcome === 'installer' || (role === undefined && outcome !== 'booting');
}

/**
 * Returns true for the first file of a boot: a loader, or what iPXE and U-Boot request first, since they do
 * not load a boot loader from here.
 */
function isFirstFile({ path }: Sighting, { stage, firmware }: FileRole): boolean {
  return stage === 'loader' || path === '/menu.ipxe' || firmware === 'u-boot';
}

/** Marks the earlier boots of machines that have booted again. */
function markSuperseded(boots: readonly OpenBoot[]): void {
  const latest = new Map<string, OpenBoot>();
  for (const boot of boots) {
    for (const name of [boot.mac, boot.uuid]) {
      const other = name === undefined ? undefined : latest.get(name);
      if (name !== undefined && (other === undefined || beganAfter(boot, other))) {
        latest.set(name, boot);
      }
    }
  }
  for (const boot of boots) {
    boot.isSuperseded = [boot.mac, boot.uuid].some(
      (name) => name !== undefined && latest.get(name) !== boot,
    );
  }
}

/** Returns true if one boot began after another. Restored boots count as the earliest. */
function beganAfter(one: OpenBoot, other: OpenBoot): boolean {
  const order = one.order - other.order || one.startedAt - other.startedAt || one.id - other.id;
  return order > 0;
}

/**
 * Removes and returns the ended boots that a later boot of the same machine has superseded, since no request
 * continues them.
 */
function takeSuperseded(boots: OpenBoot[]): readonly OpenBoot[] {
  const taken: OpenBoot[] = [];
  for (let index = boots.length - 1; index >= 0; index--) {
    const boot = boots[index];
    if (boot?.isSuperseded === true && boot.outcome !== 'booting') {
      taken.push(...boots.splice(index, 1));
    }
  }
  return taken;
}

function moveToEnd(boots: OpenBoot[], boot: OpenBoot): void {
  if (boots.at(-1) === boot) {
    return;
  }
  const index = boots.indexOf(boot);
  if (index >= 0) {
    boots.splice(index, 1);
  }
  boots.push(boot);
}

/** Removes and returns the boots that have been silent for too long to be continued. */
function takeExpired(boots: OpenBoot[], now: number): readonly OpenBoot[] {
  const first = boots.findIndex(({ lastSeenAt }) => now - lastSeenAt < OPEN_FOR_MS);
  return first === 0 ? [] : boots.splice(0, first === -1 ? boots.length : first);
}

/** Removes and returns the oldest boots if an address has too many. */
function takeExcess(boots: OpenBoot[]): readonly OpenBoot[] {
  const count = boots.length - MAX_BOOTS_PER_ADDRESS;
  return count > 0 ? boots.splice(0, count) : [];
}

/** Returns the number of distinguishable machines seen at one address at about the same time. */
function countMachines(boots: readonly OpenBoot[], newest: OpenBoot): number {
  if (boots.length === 1) {
    return 1;
  }
  const names = new Set<string>();
  for (const { lastSeenAt, mac, uuid } of boots) {
    const name = mac ?? uuid;
    if (name !== undefined && newest.lastSeenAt - lastSeenAt < TOGETHER_MS) {
      names.add(name);
    }
  }
  return Math.max(1, names.size);
}
