import { readdirSync, readFileSync } from 'node:fs';

import { BootCorrelator } from '../../src/machines/boot-correlator.js';
import { type Boot } from '../../src/machines/boot.js';
import { type Sighting } from '../../src/machines/sighting.js';

const TRACES = new URL('../traces/', import.meta.url);

/** Time at which every trace begins, so that several can be played at once. */
const STARTED_AT = 1_000_000;

/** Interval at which the daemon looks for silent boots, in milliseconds. */
const SETTLE_EVERY_MS = 5_000;
/** Silence after the last request of a trace, in milliseconds. */
const SILENCE_MS = 70_000;

/** Returns the names of the recorded traces, as in `bios` and `faults/undionly`. */
export function traceNames(folder: '' | 'faults/'): readonly string[] {
  return readdirSync(new URL(`./${folder}`, TRACES))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => `${folder}${name.slice(0, -'.jsonl'.length)}`);
}

/** Machine of the lab. */
const MACHINE = { address: '10.77.0.50', mac: '52:54:00:12:34:56' };

/**
 * Returns the requests of a recorded trace, as the boot journal saw them.
 *
 * @param machine - machine that sends them, instead of the lab's
 */
export function trace(name: string, machine: Partial<typeof MACHINE> = {}): readonly Sighting[] {
  const { address, mac } = { ...MACHINE, ...machine };
  const text = readFileSync(new URL(`${name}.jsonl`, TRACES), 'utf8');
  const sightings = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Sighting);
  const startedAt = Math.min(...sightings.map(({ at, durationMs }) => at - durationMs));
  return sightings.map((sighting) => ({
    ...sighting,
    address,
    ...(sighting.identity === undefined ? {} : { identity: { ...sighting.identity, mac } }),
    at: sighting.at - startedAt + STARTED_AT,
  }));
}

/** Returns every state that any boot was in, while the requests arrived and in the silence after them. */
export function play(requests: readonly Sighting[]): readonly Boot[] {
  const correlator = new BootCorrelator();
  const states: Boot[] = [];
  const ordered = requests.toSorted((one, other) => one.at - other.at);
  const byAddress = groupedByAddress(ordered);
  let now = STARTED_AT;
  const settleUntil = (until: number): void => {
    for (; now <= until; now += SETTLE_EVERY_MS) {
      // The correlator learns of a request only when it ends; until then, the address is busy.
      const isBusy = (address: string): boolean =>
        byAddress.get(address)?.some(({ at, durationMs }) => at - durationMs <= now && now < at) ===
        true;
      states.push(...correlator.settle(now, isBusy).map(({ boot }) => boot));
    }
  };
  for (const sighting of ordered) {
    settleUntil(sighting.at);
    states.push(...correlator.see(sighting).map(({ boot }) => boot));
  }
  settleUntil(now + SILENCE_MS);
  return states;
}

/** Returns the last state of each boot. */
export function lastStates(states: readonly Boot[]): readonly Boot[] {
  return [...new Map(states.map((boot) => [boot.id, boot])).values()];
}

/** Returns the names of the rules that match any state. */
export function rulesOf(states: readonly Boot[]): readonly string[] {
  return [...new Set(states.flatMap(({ diagnosis }) => diagnosis?.rule ?? []))];
}

function groupedByAddress(sightings: readonly Sighting[]): ReadonlyMap<string, Sighting[]> {
  const groups = new Map<string, Sighting[]>();
  for (const sighting of sightings) {
    const group = groups.get(sighting.address) ?? [];
    group.push(sighting);
    groups.set(sighting.address, group);
  }
  return groups;
}
