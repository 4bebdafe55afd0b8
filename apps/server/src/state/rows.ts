import * as z from 'zod';

import { ARCHES } from '@pxe/debian-netboot/catalog';

import { type Boot } from '../machines/boot.js';
import { STAGES } from '../machines/file-role.js';
import { storedTime } from './stored-time.js';
import { type BootRow, type MachineRow } from './tables.js';

const transport = z.enum(['tftp', 'http']);
const result = z.enum(['delivered', 'interrupted', 'sizeOnly', 'notFound', 'refused', 'denied']);

// Loose, so that fields unknown to this version are kept in the record.
const storedBoot: z.ZodType<Boot> = z.looseObject({
  id: z.number().int(),
  address: z.string(),
  mac: z.string().exactOptional(),
  uuid: z.string().exactOptional(),
  firmware: z.enum(['bios', 'uefi', 'ipxe', 'u-boot']).exactOptional(),
  arch: z.enum(ARCHES).exactOptional(),
  startedAt: storedTime,
  lastSeenAt: storedTime,
  stages: z.array(
    z.looseObject({
      name: z.enum(STAGES),
      path: z.string(),
      transport,
      startedAt: storedTime,
      endedAt: storedTime,
      bytes: z.number().exactOptional(),
      size: z.number().exactOptional(),
      result,
      fetches: z.number(),
      blksize: z.number().exactOptional(),
      windowsize: z.number().exactOptional(),
      isStale: z.boolean().exactOptional(),
    }),
  ),
  refused: z.array(
    z.looseObject({
      path: z.string(),
      transport,
      result,
      at: storedTime.exactOptional(),
      reason: z.string().exactOptional(),
    }),
  ),
  installer: z
    .array(
      z.looseObject({ item: z.string(), at: storedTime, failed: z.literal(true).exactOptional() }),
    )
    .exactOptional(),
  hostKeys: z.array(z.looseObject({ type: z.string(), fingerprint: z.string() })).exactOptional(),
  machinesAtAddress: z.number(),
  bootsDisk: z.literal(true).exactOptional(),
  proven: z.boolean(),
  outcome: z.enum(['booting', 'installer', 'local', 'menu', 'failed']),
  diagnosis: z
    .looseObject({
      rule: z.string(),
      cause: z.string(),
      fix: z.string(),
      evidence: z
        .array(
          z.looseObject({
            at: storedTime.exactOptional(),
            transport,
            path: z.string(),
            result,
            bytes: z.number().exactOptional(),
            size: z.number().exactOptional(),
            fetches: z.number().exactOptional(),
            reason: z.string().exactOptional(),
          }),
        )
        .exactOptional(),
    })
    .exactOptional(),
});

/** Returns the row of a boot. */
export function bootRow(boot: Boot): BootRow {
  const { id, address, mac, uuid, startedAt, lastSeenAt, outcome, proven } = boot;
  return {
    id,
    address: storable(address),
    mac: mac === undefined ? null : storable(mac),
    uuid: uuid === undefined ? null : storable(uuid),
    started_at: Math.round(startedAt),
    last_seen_at: Math.round(lastSeenAt),
    outcome,
    proven: proven ? 1 : 0,
    // JSON escapes characters that databases cannot store, such as NULs and lone surrogates.
    boot: JSON.stringify(boot),
  };
}

/** Returns the boot of a row; undefined if this version cannot read it. */
export function bootOfRow({ boot }: Pick<BootRow, 'boot'>): Boot | undefined {
  let record: unknown;
  try {
    record = JSON.parse(boot);
  } catch {
    return undefined;
  }
  const parsed = storedBoot.safeParse(record);
  return parsed.success ? parsed.data : undefined;
}

/** Returns the rows of the machines in a batch of boots, ignoring possibly forged ones. */
export function machineRows(boots: readonly Boot[]): readonly MachineRow[] {
  const rows = new Map<string, MachineRow>();
  for (const boot of boots) {
    const row = machineRow(boot);
    const known = row === undefined ? undefined : rows.get(row.name);
    if (row !== undefined) {
      rows.set(row.name, known === undefined ? row : merged(known, row));
    }
  }
  return [...rows.values()];
}

function machineRow(boot: Boot): MachineRow | undefined {
  const name = boot.mac ?? boot.uuid;
  if (name === undefined || !boot.proven) {
    return undefined;
  }
  const { mac, uuid, address, firmware, arch, startedAt, lastSeenAt } = boot;
  return {
    name: storable(name),
    mac: mac === undefined ? null : storable(mac),
    uuid: uuid === undefined ? null : storable(uuid),
    address: storable(address),
    firmware: firmware ?? null,
    arch: arch ?? null,
    first_seen_at: Math.round(startedAt),
    last_seen_at: Math.round(lastSeenAt),
    last_boot: boot.id,
    last_outcome: boot.outcome,
  };
}

function merged(one: MachineRow, other: MachineRow): MachineRow {
  const [earlier, later] = one.last_seen_at > other.last_seen_at ? [other, one] : [one, other];
  return {
    ...later,
    uuid: later.uuid ?? earlier.uuid,
    firmware: later.firmware ?? earlier.firmware,
    arch: later.arch ?? earlier.arch,
    first_seen_at: Math.min(one.first_seen_at, other.first_seen_at),
  };
}

/** Replaces each character that a database refuses with U+FFFD. */
function storable(text: string): string {
  return text.replaceAll(/[\0\p{Surrogate}]/gu, '\u{fffd}');
}
