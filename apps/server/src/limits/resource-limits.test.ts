import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { describeLimits } from './describe-limits.js';
import { type Claim, divide, leastTotal } from './divide.js';
import { ResourceError, resourceLimits, type ResourceLimits } from './resource-limits.js';
import { parseLimit, readSystemResources, socketMemoryReader } from './system-resources.js';

const MIB = 1024 * 1024;
const system = fc.record({
  descriptors: fc.integer({ min: 212, max: 200_000 }),
  memoryBytes: fc.integer({ min: 256 * MIB, max: 128 * 1024 * MIB }),
});
const settings = fc.record({ singlePort: fc.boolean() });

function total(shares: Readonly<Record<string, number>>): number {
  return Object.values(shares).reduce((sum, share) => sum + share, 0);
}

function leaves(value: object): number[] {
  return Object.values(value).flatMap((each: unknown) =>
    typeof each === 'object' && each !== null ? leaves(each) : [each as number],
  );
}

describe('divide', () => {
  const claim = fc
    .record({ min: fc.nat(1000), more: fc.nat(1000), weight: fc.integer({ min: 1, max: 10 }) })
    .map(({ min, more, weight }) => ({ min, max: min + more, weight }));
  const claims = fc
    .array(claim, { minLength: 1, maxLength: 6 })
    .map((list): Record<string, Claim> => Object.fromEntries(list.entries()));

  it('gives each claim at least its minimum and at most its maximum, and never more than the total', () => {
    fc.assert(
      fc.property(claims, fc.nat(5000), (parties, more) => {
        const budget = leastTotal(parties) + more;
        const shares = divide(budget, parties);
        for (const [name, { min, max }] of Object.entries(parties)) {
          expect(shares[name]).toBeGreaterThanOrEqual(min);
          expect(shares[name]).toBeLessThanOrEqual(max);
        }
        expect(total(shares)).toBeLessThanOrEqual(budget);
      }),
    );
  });

  it('never shrinks a share when the budget grows', () => {
    fc.assert(
      fc.property(claims, fc.nat(5000), fc.nat(50), (parties, more, growth) => {
        const before = divide(leastTotal(parties) + more, parties);
        const after = divide(leastTotal(parties) + more + growth, parties);
        for (const name of Object.keys(parties)) {
          expect(after[name]).toBeGreaterThanOrEqual(before[name]!);
        }
      }),
    );
  });
});

describe('resourceLimits', () => {
  it('never assigns more descriptors or memory than the process has', () => {
    fc.assert(
      fc.property(system, settings, (given, configured) => {
        const limits = resourceLimits(given, configured);
        expect(total(limits.descriptors)).toBeLessThanOrEqual(given.descriptors);
        expect(total(limits.memory)).toBeLessThanOrEqual(given.memoryBytes);
        expect(limits.http.maxConnections).toBeLessThan(limits.descriptors.http);
        expect(limits.admin.maxConnections).toBeLessThan(limits.descriptors.admin);
        expect(limits.tftp.maxSockets).toBeLessThan(limits.descriptors.tftp);
        expect(Math.min(...leaves(limits))).toBeGreaterThan(0);
      }),
    );
  });

  it('never lowers a limit when resources grow', () => {
    const growth = fc.record({ descriptors: fc.nat(1000), memoryBytes: fc.nat(512 * MIB) });
    fc.assert(
      fc.property(system, settings, growth, (given, configured, more) => {
        const smaller = leaves(resourceLimits(given, configured));
        const after = leaves(
          resourceLimits(
            {
              descriptors: given.descriptors + more.descriptors,
              memoryBytes: given.memoryBytes + more.memoryBytes,
            },
            configured,
          ),
        );
        for (const [index, value] of smaller.entries()) {
          expect(after[index]).toBeGreaterThanOrEqual(value);
        }
      }),
    );
  });

  it('gives TFTP no more sockets than there are ports in its range', () => {
    const given = { descriptors: 16_384, memoryBytes: 4096 * MIB };
    const configured = { singlePort: false, portRange: '20000-20099' };
    expect(resourceLimits(given, configured).tftp).toMatchObject({
      maxTransfers: 100,
      maxTransfersPerSource: 25,
      maxSockets: 100,
    });
    const shared = resourceLimits(given, { ...configured, singlePort: true }).tftp;
    expect(shared).toMatchObject({ maxTransfers: 4096, maxSockets: 100 });
  });

  it('serves with 256 descriptors and with 512 MB', () => {
    const limits: ResourceLimits = resourceLimits(
      { descriptors: 256, memoryBytes: 512_000_000 },
      { singlePort: true },
    );
    expect(limits.http.maxConnections).toBeGreaterThanOrEqual(64);
    expect(limits.tftp.maxTransfers).toBeGreaterThanOrEqual(128);
  });

  it('reports what is too low, the minimum and the remedy', () => {
    const few = { descriptors: 100, memoryBytes: 1024 * MIB };
    expect(() => resourceLimits(few, { singlePort: true })).toThrow(
      'too few file descriptors: expected a limit of at least 212, got 100',
    );
    const little = { descriptors: 1024, memoryBytes: 100 * MIB };
    expect(() => resourceLimits(little, { singlePort: true })).toThrow(
      'too little memory: expected at least 250 MiB, got 100 MiB',
    );
    expect(() => resourceLimits(few, { singlePort: true })).toThrow(ResourceError);
  });

  it('is printed as one table', () => {
    const given = { descriptors: 1024, memoryBytes: 512 * MIB };
    const text = describeLimits(given, resourceLimits(given, { singlePort: true }));
    expect(text).toMatch(/^limit +1024 +512 MiB$/m);
    expect(text).toMatch(/^boot HTTP connections +\d+$/m);
    expect(text.split('\n').every((line) => line === line.trimEnd())).toBe(true);
  });
});

describe('readSystemResources', () => {
  it('reads the limits of this process', () => {
    const { descriptors, memoryBytes } = readSystemResources();
    expect(descriptors).toBeGreaterThan(0);
    expect(memoryBytes).toBeGreaterThan(MIB);
  });

  it.each([
    ['Max open files            256                  4096                 files     \n', 256],
    ['Max open files            unlimited            unlimited            files     \n', Infinity],
    ['nothing of the kind', undefined],
  ])('reads %j', (text, limit) => {
    expect(parseLimit(text, 'Max open files')).toBe(limit);
  });

  it('distinguishes the limits of a process', () => {
    const text =
      'Max open files            256                  4096                 files     \nMax address space         8192000000           unlimited            bytes     \n';
    expect(parseLimit(text, 'Max address space')).toBe(8_192_000_000);
  });
});

describe('socketMemoryReader', () => {
  let root: string;
  const stat = (sock: number): string => `anon 52133888\nfile 8192\nsock ${sock}\nshmem 0\n`;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pxeboot-cgroup-'));
    await mkdir(join(root, 'proc/self'), { recursive: true });
    await mkdir(join(root, 'sys/fs/cgroup/pxe'), { recursive: true });
    await writeFile(join(root, 'proc/self/cgroup'), '12:memory:/a\n0::/pxe\n');
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  it('rereads the socket memory of its cgroup each time', async () => {
    const file = join(root, 'sys/fs/cgroup/pxe/memory.stat');
    await writeFile(file, stat(4_722_688));
    const read = socketMemoryReader(root, true);
    expect(read?.()).toBe(4_722_688);
    await writeFile(file, stat(440_020_992));
    expect(read?.()).toBe(440_020_992);
  });

  it('finds the cgroup of a container that has no namespace for it', async () => {
    await writeFile(join(root, 'sys/fs/cgroup/memory.stat'), stat(1));
    expect(socketMemoryReader(root, true)?.()).toBe(1);
  });

  it('reads nothing if there is no limit or socket memory is not counted', async () => {
    expect(socketMemoryReader(root, true)).toBeUndefined();
    await writeFile(join(root, 'sys/fs/cgroup/pxe/memory.stat'), 'cache 1\n');
    expect(socketMemoryReader(root, true)).toBeUndefined();
    await writeFile(join(root, 'sys/fs/cgroup/pxe/memory.stat'), stat(1));
    expect(socketMemoryReader(root, false)).toBeUndefined();
    await rm(join(root, 'proc'), { recursive: true });
    expect(socketMemoryReader(root, true)).toBeUndefined();
  });
});
