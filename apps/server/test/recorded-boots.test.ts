import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { identityInPath } from '../src/access/machine-identity.js';
import { BootCorrelator } from '../src/machines/boot-correlator.js';
import { type Boot, stageOf } from '../src/machines/boot.js';
import { type Sighting, type SightingResult } from '../src/machines/sighting.js';
import { logicalPath } from '../src/namespace/logical-path.js';

/** Daemon's log of one machine in the boot lab: real firmware in QEMU. */
interface LogLine {
  readonly time: string;
  readonly event: 'tftp.transfer' | 'tftp.refused' | 'http.request';
  readonly client: string;
  readonly file?: string;
  readonly path?: string;
  readonly method?: string;
  readonly status?: number;
  readonly outcome?: string;
  readonly bytes?: number;
  readonly sent?: number;
  readonly size?: number;
  readonly blksize?: number;
  readonly windowsize?: number;
  readonly durationMs?: number;
  readonly aborted?: boolean;
}

function sightingOf(line: LogLine, address: string): Sighting {
  const { file, bytes = 0, durationMs = 0, size, blksize, windowsize } = line;
  const path = line.path ?? logicalPath(file ?? '') ?? '';
  const identity = identityInPath(path);
  return {
    at: Date.parse(line.time),
    durationMs,
    transport: line.event === 'http.request' ? 'http' : 'tftp',
    address,
    path,
    result: resultOf(line),
    bytes,
    ...(size === undefined ? {} : { size }),
    ...(blksize === undefined ? {} : { blksize }),
    ...(windowsize === undefined ? {} : { windowsize }),
    ...(identity === undefined ? {} : { identity }),
  };
}

function resultOf({ event, outcome, status, method, aborted, bytes }: LogLine): SightingResult {
  if (event === 'tftp.refused' || status === 404) {
    return 'notFound';
  }
  if (method === 'HEAD' || (outcome === 'aborted' && bytes === 0)) {
    return 'sizeOnly';
  }
  return outcome === 'completed' || (status === 200 && aborted !== true)
    ? 'delivered'
    : 'interrupted';
}

async function sightings(scenario: string, address = '10.77.0.50'): Promise<readonly Sighting[]> {
  const text = await readFile(new URL(`traces/${scenario}.jsonl`, import.meta.url), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const [first] = lines;
  const startedAt = Date.parse(first?.time ?? '');
  // Every trace begins at the same time, so that several can be played at once.
  return lines.map((line) => {
    const sighting = sightingOf(line, address);
    return { ...sighting, at: sighting.at - startedAt + 1_000_000 };
  });
}

/** Every state that any boot was in. */
function play(requests: readonly Sighting[]): readonly Boot[] {
  const correlator = new BootCorrelator();
  return requests
    .toSorted((one, other) => one.at - other.at)
    .flatMap((sighting) => correlator.see(sighting).map(({ boot }) => boot));
}

function lastStates(states: readonly Boot[]): readonly Boot[] {
  return [...new Map(states.map((boot) => [boot.id, boot])).values()];
}

describe('boots recorded with real firmware', () => {
  it.each([
    ['bios', 'bios', 'amd64'],
    ['bios-e1000', 'bios', 'amd64'],
    ['uefi-secure-boot', 'uefi', 'amd64'],
    ['uefi-http', 'uefi', 'amd64'],
    ['ipxe', 'ipxe', 'amd64'],
  ] as const)(
    'finds one boot to the installer in the trace of %s',
    async (scenario, firmware, arch) => {
      const states = play(await sightings(scenario));
      expect(lastStates(states)).toMatchObject([
        { id: 1, firmware, arch, outcome: 'installer', proven: true },
      ]);
      expect(states.filter(({ diagnosis }) => diagnosis !== undefined)).toEqual([]);
      expect(stageOf(states.at(-1)!, 'initrd')?.bytes).toBeGreaterThan(30_000_000);
    },
  );

  it('finds a machine that reaches its menu and then boots its local disk', async () => {
    const requests = await sightings('bios-local-disk');
    const correlator = new BootCorrelator();
    requests.forEach((sighting) => correlator.see(sighting));
    const [ended] = correlator.settle(requests.at(-1)!.at + 61_000);
    expect(ended).toMatchObject({ type: 'ended', boot: { outcome: 'menu', firmware: 'bios' } });
    expect(ended?.boot.diagnosis).toBeUndefined();
  });

  it('distinguishes 500 machines that boot at once', async () => {
    const scenarios = ['bios', 'uefi-secure-boot', 'uefi-http', 'ipxe', 'bios-e1000'];
    const all: Sighting[] = [];
    for (let machine = 0; machine < 500; machine++) {
      const address = `10.78.${machine >> 8}.${machine & 255}`;
      const requests = await sightings(scenarios[machine % 5]!, address);
      all.push(...requests.map((sighting) => ({ ...sighting, at: sighting.at + machine * 3 })));
    }
    const boots = lastStates(play(all));
    expect(boots).toHaveLength(500);
    expect(boots.every(({ outcome }) => outcome === 'installer')).toBe(true);
  });

  it('counts two machines of different firmware behind one address', async () => {
    const bios = await sightings('bios');
    const uefi = await sightings('uefi-secure-boot');
    const boots = lastStates(play([...bios, ...uefi]));
    expect(boots.map(({ firmware, outcome }) => [firmware, outcome]).toSorted()).toEqual([
      ['bios', 'installer'],
      ['uefi', 'installer'],
    ]);
  });
});
