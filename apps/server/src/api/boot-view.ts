import { type z } from 'zod';

import { bootSentence, evidenceLines } from '../machines/boot-text.js';
import { type Boot, progressOf } from '../machines/boot.js';
import { STAGES } from '../machines/file-role.js';
import {
  type bootDetail,
  type BootQuery,
  type bootSummary,
  type machine,
  type pageOfBoots,
} from './schemas.js';

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
    ...(diagnosis === undefined
      ? {}
      : { diagnosis: { ...diagnosis, evidence: evidenceLines(diagnosis) } }),
  };
}

function sharedFacts(boot: Boot): Omit<BootSummary, 'rule'> {
  const { id, address, mac, uuid, firmware, arch, outcome, machinesAtAddress, proven } = boot;
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
    reached: outcome === 'installer' ? 'installer' : (STAGES[progressOf(boot)] ?? 'nothing'),
    sentence: bootSentence(boot),
    machinesAtAddress,
    proven,
  };
}

/**
 * Returns one page of boots, newest first.
 *
 * @param boots - newest first
 */
export function pageOf(boots: readonly Boot[], query: BootQuery): z.output<typeof pageOfBoots> {
  const { limit, cursor } = query;
  const isBehind = behind(cursor);
  const wanted = boots.filter((boot) => matches(boot, query) && isBehind(boot));
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  return {
    boots: page.map(summarize),
    ...(last === undefined || wanted.length <= limit ? {} : { next: cursorOf(last) }),
  };
}

/**
 * Returns a predicate for boots after the cursor: those that started earlier, or at the same time
 * with a lower id.
 */
function behind(cursor: string | undefined): (boot: Boot) => boolean {
  if (cursor === undefined) {
    return () => true;
  }
  const dot = cursor.indexOf('.');
  const startedAt = Number(cursor.slice(0, dot));
  const id = cursor.slice(dot + 1);
  return (boot) => {
    const at = Math.floor(boot.startedAt);
    return at < startedAt || (at === startedAt && boot.id < Number(id));
  };
}

function cursorOf({ startedAt, id }: Boot): string {
  return `${Math.floor(startedAt)}.${id}`;
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

/**
 * Returns true if the text is the MAC address, UUID or IP address of the machine. Case is ignored, and a MAC
 * address may have hyphens instead of colons.
 */
export function isNamed(
  {
    mac,
    uuid,
    address,
  }: {
    readonly mac?: string | undefined;
    readonly uuid?: string | undefined;
    readonly address: string;
  },
  text: string,
): boolean {
  const name = text.toLowerCase();
  return name === uuid || name === address || name.replaceAll('-', ':') === mac;
}

/**
 * Returns the machines of the boots, most recently seen first. The boots of an address without any other
 * identifier count as one machine, although several machines may share the address.
 *
 * @param boots - newest first
 */
export function machinesOf(boots: readonly Boot[]): MachineView[] {
  const byName = new Map<string, Boot[]>();
  const machines: Boot[][] = [];
  for (const boot of boots) {
    const { mac, uuid, address } = boot;
    const known = [mac, uuid].filter((name) => name !== undefined);
    const names = known.length > 0 ? known : [address];
    let own = names.map((name) => byName.get(name)).find((found) => found !== undefined);
    if (own === undefined) {
      own = [];
      machines.push(own);
    }
    own.push(boot);
    for (const name of names) {
      byName.set(name, own);
    }
  }
  return machines
    .map(describeMachine)
    .toSorted((one, other) => other.lastSeenAt.localeCompare(one.lastSeenAt));
}

function describeMachine(boots: readonly Boot[]): MachineView {
  const mac = boots.find((boot) => boot.mac !== undefined)?.mac;
  const uuid = boots.find((boot) => boot.uuid !== undefined)?.uuid;
  const firmware = boots.find((boot) => boot.firmware !== undefined)?.firmware;
  const arch = boots.find((boot) => boot.arch !== undefined)?.arch;
  const [newest] = boots as readonly [Boot, ...Boot[]];
  return {
    id: mac ?? uuid ?? newest.address,
    ...(mac === undefined ? {} : { mac }),
    ...(uuid === undefined ? {} : { uuid }),
    addresses: [...new Set(boots.map(({ address }) => address))],
    ...(firmware === undefined ? {} : { firmware }),
    ...(arch === undefined ? {} : { arch }),
    firstSeenAt: timeText(Math.min(...boots.map(({ startedAt }) => startedAt))),
    lastSeenAt: timeText(Math.max(...boots.map(({ lastSeenAt }) => lastSeenAt))),
    boots: boots.length,
    lastBoot: summarize(newest),
  };
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
