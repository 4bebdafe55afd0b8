import { type z } from 'zod';

import { bootSentence, evidenceLines } from '../machines/boot-text.js';
import { type Boot, progressOf } from '../machines/boot.js';
import { STAGES } from '../machines/file-role.js';
import { type InstallerStep, itemText } from '../machines/installer-step.js';
import { identifiersNamed, isNamed } from '../machines/machine-name.js';
import { withOwnCommand } from '../own-command.js';
import { type BootHistory } from '../state/boot-history.js';
import { placeOf, type StoredTotals } from '../state/boot-places.js';
import { nearestTime } from '../state/stored-time.js';
import { type MachineRow } from '../state/tables.js';
import {
  type bootDetail,
  type BootQuery,
  type bootSummary,
  type installerStep,
  type machine,
  type MachineQuery,
  type pageOfBoots,
  type pageOfMachines as machinePage,
} from './schemas.js';
import { timeText } from './time-text.js';

type BootSummary = z.output<typeof bootSummary>;
type BootDetail = z.output<typeof bootDetail>;
type MachineView = z.output<typeof machine>;

/** Returns the summary of a boot, as in a list. */
export function summarize(boot: Boot): BootSummary {
  const { diagnosis } = boot;
  return { ...sharedFacts(boot), ...(diagnosis === undefined ? {} : { rule: diagnosis.rule }) };
}

/** Returns a boot with its steps, its diagnosis, and the requests that these are based on. */
export function describeBoot(boot: Boot): BootDetail {
  const { stages, refused, diagnosis } = boot;
  return {
    ...sharedFacts(boot),
    steps: stages.map((stage) => ({
      ...stage,
      startedAt: timeText(stage.startedAt),
      endedAt: timeText(stage.endedAt),
    })),
    refused: [...refused],
    ...(boot.installer === undefined ? {} : { installer: boot.installer.map(describeStep) }),
    ...(boot.hostKeys === undefined ? {} : { hostKeys: [...boot.hostKeys] }),
    ...(diagnosis === undefined
      ? {}
      : {
          diagnosis: {
            ...diagnosis,
            fix: withOwnCommand(diagnosis.fix),
            evidence: evidenceLines(diagnosis),
          },
        }),
  };
}

function sharedFacts(boot: Boot): Omit<BootSummary, 'rule'> {
  const { id, address, mac, uuid, firmware, arch, outcome, machinesAtAddress, proven } = boot;
  const step = boot.installer?.at(-1);
  return {
    id: String(id),
    address,
    ...(mac === undefined ? {} : { mac }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(arch === undefined ? {} : { arch }),
    startedAt: timeText(boot.startedAt),
    lastSeenAt: timeText(boot.lastSeenAt),
    outcome,
    reached: reachedStage(boot),
    sentence: withOwnCommand(bootSentence(boot)),
    ...(step === undefined ? {} : { installerStep: describeStep(step) }),
    machinesAtAddress,
    proven,
  };
}

function describeStep({ item, at, failed }: InstallerStep): z.output<typeof installerStep> {
  return { item, title: itemText(item), at: timeText(at), failed: failed === true };
}

/** Returns the last step that a boot has reached: `installer` once it has the kernel and the initrd. */
function reachedStage(boot: Boot): BootSummary['reached'] {
  const progress = progressOf(boot);
  return boot.outcome === 'installer' && progress < STAGES.indexOf('preseed')
    ? 'installer'
    : (STAGES[progress] ?? 'nothing');
}

/** Returns one page of boots, newest first. */
export async function pageOf(
  history: BootHistory,
  query: BootQuery,
): Promise<z.output<typeof pageOfBoots>> {
  const { limit, cursor, machine: name, outcome, since, until } = query;
  const [startedAt, id] = cursor === undefined ? [] : partsOf(cursor);
  const after = startedAt === undefined ? undefined : { startedAt, id: Number(id) };
  const filter = {
    machine: name === undefined ? undefined : identifiersNamed(name),
    outcome,
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
  const wanted: Boot[] = [];
  for await (const boots of history.pages(filter, after)) {
    wanted.push(...boots.filter((boot) => matches(boot, query)));
    if (wanted.length > limit) {
      break;
    }
  }
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  return {
    boots: page.map(summarize),
    ...(history.isIncomplete ? { incomplete: true } : {}),
    ...(last === undefined || wanted.length <= limit ? {} : { next: cursorOf(last) }),
  };
}

/** Returns the position in a cursor, and the name of the item at that position. */
export function partsOf(cursor: string): readonly [number, string] {
  const dot = cursor.indexOf('.');
  return [Number(cursor.slice(0, dot)), cursor.slice(dot + 1)];
}

function cursorOf(boot: Boot): string {
  const { startedAt, id } = placeOf(boot);
  return `${startedAt}.${id}`;
}

function matches(boot: Boot, query: BootQuery): boolean {
  const { machine: name, outcome, firmware, arch, rule, since, until } = query;
  return (
    (name === undefined || isNamed(boot, name)) &&
    (outcome === undefined || boot.outcome === outcome) &&
    (firmware === undefined || boot.firmware === firmware) &&
    (arch === undefined || boot.arch === arch) &&
    (rule === undefined || boot.diagnosis?.rule === rule) &&
    (since === undefined || boot.startedAt >= Date.parse(since)) &&
    (until === undefined || boot.startedAt < Date.parse(until))
  );
}

/** Boots of one machine. */
interface MachineBoots {
  /** Boots, newest first. */
  readonly boots: readonly Boot[];
  /** MAC address, UUID or IP address: the first one that is known. */
  readonly id: string;
  /** Time of the last request, in whole milliseconds since 1970. */
  readonly lastSeenAt: number;
}

/** Machine on record: its boots in memory, or its row in the database. */
type KnownMachine = MachineBoots | StoredMachine;

/** Machine whose boots are only in the database. */
interface StoredMachine extends Pick<MachineBoots, 'id' | 'lastSeenAt'> {
  readonly boots?: undefined;
  readonly row: MachineRow;
}

/**
 * Returns one page of the machines on record, most recently seen first. A machine that boots while the pages
 * are being read moves to the first page.
 */
export async function pageOfMachines(
  history: BootHistory,
  { limit, cursor }: MachineQuery,
): Promise<z.output<typeof machinePage>> {
  const [lastSeenAt, id] = cursor === undefined ? [Infinity, ''] : partsOf(cursor);
  const recent = machinesOf(history.recent());
  const names = new Set(recent.flatMap(({ boots }) => boots.flatMap(namesOf)));
  // One extra row shows that there is another page; rows of machines in memory are not counted.
  const wantedRows = limit + 1 + names.size;
  const rows = await history.machines(wantedRows, cursor === undefined ? undefined : lastSeenAt);
  const stored = rows.filter((row) => !names.has(row.name) && !names.has(row.uuid ?? ''));
  const wanted = [...recent, ...stored.map(storedMachine)]
    .filter((one) => one.lastSeenAt < lastSeenAt || (one.lastSeenAt === lastSeenAt && one.id > id))
    .toSorted((one, other) => other.lastSeenAt - one.lastSeenAt || (one.id < other.id ? -1 : 1));
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  const hasMore = wanted.length > limit || rows.length === wantedRows;
  const next = last === undefined || !hasMore ? undefined : `${last.lastSeenAt}.${last.id}`;
  return {
    machines: await describeMachines(history, page),
    ...(history.isIncomplete ? { incomplete: true } : {}),
    ...(next === undefined ? {} : { next }),
  };
}

function storedMachine(row: MachineRow): StoredMachine {
  return { id: row.name, lastSeenAt: nearestTime(row.last_seen_at), row };
}

/** Returns the machine with this MAC address, UUID or IP address; undefined if it has no boots. */
export async function findMachine(
  history: BootHistory,
  name: string,
): Promise<MachineView | undefined> {
  const found = machinesOf(history.recent()).find(({ boots: own }) => {
    const { mac, uuid } = identityOf(own);
    return own.some(({ address }) => isNamed({ mac, uuid, address }, name));
  });
  const row = found === undefined ? await history.machine(identifiersNamed(name)) : undefined;
  const machine = row === undefined ? found : storedMachine(row);
  const [view] = machine === undefined ? [] : await describeMachines(history, [machine]);
  return view;
}

/**
 * Returns the machines with the information that the database has about them, except those whose boots have
 * all been removed.
 */
async function describeMachines(
  history: BootHistory,
  machines: readonly KnownMachine[],
): Promise<MachineView[]> {
  const stored = machines.flatMap((one) => (one.boots === undefined ? [one.row.last_boot] : []));
  const lastBoots = await history.boots(stored);
  const totals = await history.totals(machines.map(({ id }) => id));
  return machines.flatMap((known) => {
    const total = totals.get(known.id);
    if (known.boots !== undefined) {
      return [describeMachine(known, total)];
    }
    const lastBoot = lastBoots.find(({ id }) => id === known.row.last_boot);
    return lastBoot === undefined
      ? []
      : [describeMachine({ ...known, boots: [lastBoot] }, total, known.row)];
  });
}

/**
 * Groups boots by machine, most recently seen first. Boots with a common MAC address or UUID belong to one
 * machine, as do those that a third boot connects. All boots without either identifier from one address count
 * as one machine, although several machines may share the address.
 *
 * @param boots - boots, newest first
 */
function machinesOf(boots: readonly Boot[]): MachineBoots[] {
  /** Other names of machines, each mapped to another name of the same machine. */
  const joined = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let next = joined.get(root); next !== undefined; next = joined.get(root)) {
      root = next;
    }
    if (root !== name) {
      joined.set(name, root);
    }
    return root;
  };
  for (const boot of boots) {
    const [first, second] = namesOf(boot).map(rootOf);
    if (first !== undefined && second !== undefined && first !== second) {
      joined.set(second, first);
    }
  }
  const machines = new Map<string, Boot[]>();
  for (const boot of boots) {
    const name = rootOf(namesOf(boot)[0]);
    const own = machines.get(name) ?? [];
    own.push(boot);
    machines.set(name, own);
  }
  return [...machines.values()]
    .map((own) => {
      const { mac, uuid, address } = identityOf(own);
      const lastSeenAt = Math.max(...own.map((boot) => Math.floor(boot.lastSeenAt)));
      return { boots: own, id: mac ?? uuid ?? address, lastSeenAt };
    })
    .toSorted((one, other) => other.lastSeenAt - one.lastSeenAt || (one.id < other.id ? -1 : 1));
}

/** Returns the MAC address and UUID of a boot's machine, or its IP address if it has neither. */
function namesOf({ mac, uuid, address }: Boot): readonly [string, ...string[]] {
  if (mac === undefined) {
    return [uuid ?? address];
  }
  return uuid === undefined ? [mac] : [mac, uuid];
}

/** Returns the newest identifiers in the boots of one machine. */
function identityOf(boots: readonly Boot[]): Pick<Boot, 'mac' | 'uuid' | 'address'> {
  const mac = boots.find((boot) => boot.mac !== undefined)?.mac;
  const uuid = boots.find((boot) => boot.uuid !== undefined)?.uuid;
  const [{ address }] = boots as readonly [Boot, ...Boot[]];
  return {
    address,
    ...(mac === undefined ? {} : { mac }),
    ...(uuid === undefined ? {} : { uuid }),
  };
}

function describeMachine(
  { boots, id, lastSeenAt }: MachineBoots,
  total?: StoredTotals,
  row?: MachineRow,
): MachineView {
  const { mac, uuid = row?.uuid ?? undefined } = identityOf(boots);
  const firmware = boots.find((boot) => boot.firmware !== undefined)?.firmware;
  const arch = boots.find((boot) => boot.arch !== undefined)?.arch;
  const [newest] = boots as readonly [Boot, ...Boot[]];
  const firstSeenAt = Math.min(...boots.map(({ startedAt }) => startedAt));
  return {
    id,
    ...(mac === undefined ? {} : { mac }),
    ...(uuid === undefined ? {} : { uuid }),
    addresses: [...new Set(boots.map(({ address }) => address))],
    ...(firmware === undefined ? {} : { firmware }),
    ...(arch === undefined ? {} : { arch }),
    firstSeenAt: timeText(Math.min(firstSeenAt, total?.firstSeenAt ?? Infinity)),
    lastSeenAt: timeText(lastSeenAt),
    boots: Math.max(boots.length, total?.boots ?? 0),
    lastBoot: summarize(newest),
  };
}
