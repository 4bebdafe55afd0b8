import { LRUCache } from 'lru-cache';

import { type Boot } from './boot.js';
import { type FileRole, knownFileRole, STAGES } from './file-role.js';
import { isRefusal, OpenBoot } from './open-boot.js';
import { type Sighting } from './sighting.js';

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

/** Change of a boot. */
export interface BootChange {
  /** `ended` when the outcome is known for now; a later request may still continue the boot. */
  readonly type: 'started' | 'updated' | 'ended';
  readonly boot: Boot;
}

/** Boots at one address, the one that changed last at the end. */
interface Address {
  readonly boots: OpenBoot[];
  isProven: boolean;
}

/**
 * Turns requests into boots. Pure: it has no clock and no timers.
 *
 * A request belongs to the boot whose MAC address or UUID it carries, or else to the boot at its
 * address that is waiting for that step. The first file of a boot begins a new one, unless the
 * previous boot got no further than that: then the firmware is retrying.
 *
 * Requests change boots in place; {@link BootCorrelator.takeChanges} judges each boot once for all of
 * its requests since the last call.
 */
export class BootCorrelator {
  readonly #proven = new LRUCache<string, Address>({ max: MAX_PROVEN });
  readonly #unproven = new LRUCache<string, Address>({ max: MAX_UNPROVEN });
  /** Boots that have changed, with their addresses. */
  readonly #changed = new Map<OpenBoot, Address>();
  #lastId: number;

  /** @param firstId - id of the first boot */
  constructor(firstId = 1) {
    this.#lastId = firstId - 1;
  }

  /** Adds boots of an earlier run, so that later requests continue them and silence ends them. */
  restore(boots: readonly Boot[], now: number): void {
    const continued = boots.filter(
      ({ outcome, lastSeenAt }) => outcome === 'booting' || now - lastSeenAt < OPEN_FOR_MS,
    );
    const addresses = new Set<Address>();
    for (const boot of continued) {
      const at = this.#at(boot.address) ?? this.#newAddress(boot.address);
      at.boots.push(OpenBoot.of(boot));
      addresses.add(at);
      this.#promote(boot.address, at, boot.proven);
    }
    for (const { boots: all } of addresses) {
      all.sort((one, other) => one.lastSeenAt - other.lastSeenAt);
      all.splice(0, all.length - MAX_BOOTS_PER_ADDRESS);
      markSuperseded(all);
    }
  }

  /** Adds one request. */
  add(sighting: Sighting): void {
    const { address, at } = sighting;
    const known = this.#at(address);
    if (known !== undefined) {
      dropExpired(known.boots, at);
    }
    if (sighting.isLate === true) {
      if (known !== undefined) {
        this.#complete(sighting, known);
      }
      return;
    }
    const role = knownFileRole(sighting.path);
    const continued = known && findBoot(known.boots, sighting, role);
    // A file that is not part of any boot begins one only if it is served or its failure can be
    // explained.
    if (continued === undefined && role === undefined && !isRefusal(sighting)) {
      return;
    }
    const boot = continued ?? new OpenBoot(this.#lastId + 1, sighting);
    const isRenamed = boot.add(sighting, role);
    if (continued === undefined) {
      if (boot.progress < 0 && boot.boot.diagnosis === undefined) {
        return;
      }
      this.#lastId = boot.id;
    }
    const place = known ?? this.#newAddress(address);
    moveToEnd(place.boots, boot);
    if (place.boots.length > MAX_BOOTS_PER_ADDRESS) {
      place.boots.shift();
    }
    if (isRenamed) {
      markSuperseded(place.boots);
      dropSuperseded(place.boots);
    }
    this.#promote(address, place, boot.proven);
    this.#changed.set(boot, place);
  }

  /** Returns the boots that have changed, in the order in which they first changed. */
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

  /** Adds one request, and returns the changes that it makes. */
  see(sighting: Sighting): readonly BootChange[] {
    this.add(sighting);
    return this.takeChanges();
  }

  /** Ends the boots that have been silent for a minute. Call it every few seconds. */
  settle(now: number): readonly BootChange[] {
    const changes = [...this.takeChanges()];
    for (const table of [this.#proven, this.#unproven]) {
      for (const { boots } of table.values()) {
        for (const open of boots) {
          if (open.outcome === 'booting' && now - open.lastSeenAt >= QUIET_MS) {
            open.fallSilent();
            report(open, changes);
          }
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

  #at(address: string): Address | undefined {
    return this.#proven.get(address) ?? this.#unproven.get(address);
  }

  #newAddress(address: string): Address {
    const place = { boots: [], isProven: false };
    this.#unproven.set(address, place);
    return place;
  }

  #promote(address: string, place: Address, isProven: boolean): void {
    if (isProven && !place.isProven) {
      place.isProven = true;
      this.#unproven.delete(address);
      this.#proven.set(address, place);
    }
  }
}

function report(open: OpenBoot, changes: BootChange[]): void {
  const { boot } = open;
  const { reportedOutcome: before } = open;
  const hasEnded = boot.outcome !== 'booting' && boot.outcome !== before;
  open.reportedOutcome = boot.outcome;
  if (before === undefined) {
    changes.push({ type: 'started', boot });
  }
  if (hasEnded || before !== undefined) {
    changes.push({ type: hasEnded ? 'ended' : 'updated', boot });
  }
}

/** Returns the boot that a request belongs to; undefined if it begins one. */
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
    // Boots of other machines are ruled out; one without identifiers so far may be this machine's.
    if (
      boot.isSuperseded ||
      at - boot.lastSeenAt >= OPEN_FOR_MS ||
      !(identity === undefined || boot.isNameless || boot.isNamed(identity))
    ) {
      continue;
    }
    let distance = 0;
    if (role === undefined) {
      // A refused file after the end of a boot may be the first of the next one.
      if (isRefusal(sighting) && boot.outcome !== 'booting') {
        continue;
      }
    } else if (!boot.fits(role)) {
      continue;
    } else if (isFirst) {
      if (boot.progress > index || at - durationMs - boot.startedAt >= RETRY_MS) {
        continue;
      }
    } else {
      // The boot that is waiting for this step comes first, then boots with known identifiers.
      distance = Math.abs(index - 1 - boot.progress) - (boot.isNamed(identity) ? 0.5 : 0);
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
 * Returns true for the first file of a firmware's boot: iPXE and U-Boot do not load a boot loader
 * from here.
 */
function isFirstFile({ path }: Sighting, { stage, firmware }: FileRole): boolean {
  return stage === 'loader' || path === '/menu.ipxe' || firmware === 'u-boot';
}

/** Marks the boots of machines that have booted again. */
function markSuperseded(boots: readonly OpenBoot[]): void {
  const latest = new Map<string, number>();
  for (const { mac, uuid, id } of boots) {
    for (const name of [mac, uuid]) {
      if (name !== undefined) {
        latest.set(name, Math.max(id, latest.get(name) ?? id));
      }
    }
  }
  for (const boot of boots) {
    boot.isSuperseded = [boot.mac, boot.uuid].some(
      (name) => name !== undefined && latest.get(name) !== boot.id,
    );
  }
}

/** Drops the ended boots of machines that have booted again: no request continues them. */
function dropSuperseded(boots: OpenBoot[]): void {
  for (let index = boots.length - 1; index >= 0; index--) {
    const boot = boots[index];
    if (boot?.isSuperseded === true && boot.outcome !== 'booting') {
      boots.splice(index, 1);
    }
  }
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

function dropExpired(boots: OpenBoot[], now: number): void {
  while (boots[0] !== undefined && now - boots[0].lastSeenAt >= OPEN_FOR_MS) {
    boots.shift();
  }
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
