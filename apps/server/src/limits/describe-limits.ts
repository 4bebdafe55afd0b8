import { type ResourceLimits, type SystemResources } from './resource-limits.js';

/** Returns a table of the descriptors and memory of each part, and the limits derived from them. */
export function describeLimits(system: SystemResources, limits: ResourceLimits): string {
  const parts = [...new Set([...Object.keys(limits.descriptors), ...Object.keys(limits.memory)])];
  const descriptors: Readonly<Record<string, number | undefined>> = limits.descriptors;
  const memory: Readonly<Record<string, number | undefined>> = limits.memory;
  const rows = [
    ['', 'descriptors', 'memory'],
    ...parts.map((part) => [part, String(descriptors[part] ?? ''), mebibytes(memory[part])]),
    ['limit', String(system.descriptors), mebibytes(system.memoryBytes)],
  ];
  const { tftp, http, admin } = limits;
  const caps: readonly (readonly [string, number])[] = [
    ['TFTP transfers', tftp.maxTransfers],
    ['TFTP transfers per source', tftp.maxTransfersPerSource],
    ['TFTP transfers before a first acknowledgement', tftp.maxHalfOpen],
    ['TFTP transfers with their own socket', tftp.maxSockets],
    ['boot HTTP connections', http.maxConnections],
    ['boot HTTP connections per source', http.maxConnectionsPerSource],
    ['admin connections', admin.maxConnections],
    ['admin connections per source', admin.maxConnectionsPerSource],
  ];
  const width = Math.max(...caps.map(([name]) => name.length));
  return [
    ...rows.map(([part = '', first = '', second = '']) =>
      `${part.padEnd(8)}  ${first.padStart(11)}  ${second.padStart(11)}`.trimEnd(),
    ),
    '',
    ...caps.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
  ].join('\n');
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${Math.floor(bytes / 1024 / 1024)} MiB`;
}
