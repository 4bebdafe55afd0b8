import { type BootSummary, type Machine } from '../api/types.js';

/**
 * Returns the list with a boot in place of its earlier state, or inserted in order.
 *
 * @param boots - boots, newest first
 */
export function withBoot(boots: readonly BootSummary[], boot: BootSummary): readonly BootSummary[] {
  const at = boots.findIndex(({ id }) => id === boot.id);
  if (at >= 0) {
    return boots.with(at, boot);
  }
  const startedAt = Date.parse(boot.startedAt);
  const place = boots.findIndex((other) => Date.parse(other.startedAt) <= startedAt);
  return boots.toSpliced(place < 0 ? boots.length : place, 0, boot);
}

/**
 * Replaces the last boot of a machine with its new state; returns undefined if it is not the last boot of any
 * machine, so that the machines must be read again.
 */
export function withMachineBoot(
  machines: readonly Machine[],
  boot: BootSummary,
): readonly Machine[] | undefined {
  const at = machines.findIndex(({ lastBoot }) => lastBoot.id === boot.id);
  const machine = machines[at];
  // A boot may identify its machine only later; the machine then joins another one.
  if (machine === undefined || machine.mac !== boot.mac || machine.uuid !== boot.uuid) {
    return undefined;
  }
  const changed = { ...machine, lastSeenAt: boot.lastSeenAt, lastBoot: boot };
  return [changed, ...machines.toSpliced(at, 1)];
}
