import { cpus, release } from 'node:os';

import { type LoadResult } from './load.js';

/** Measurement of one server under one load. */
export interface Measurement extends LoadResult {
  readonly server: string;
  readonly clients: number;
  readonly windowsize: number;
  readonly megabytesPerSecond: number;
  readonly cpuSecondsPerGigabyte: number;
  readonly peakMegabytes: number;
}

/** Server of this repository that the others are compared with. */
export const OURS = 'ours-native';

/** Targets of {@link OURS}: minimum ratio to the throughput of another server. */
const TARGETS = [
  { windowsize: 1, clients: 1, against: 'tftpd-hpa', ratio: 1.5 },
  { windowsize: 1, clients: 1, against: 'atftpd', ratio: 1.5 },
  { windowsize: 1, clients: 1, against: 'dnsmasq', ratio: 1.5 },
  { windowsize: 1, clients: 20, against: 'dnsmasq', ratio: 1.0 },
  { windowsize: 1, clients: 200, against: 'dnsmasq', ratio: 1.0 },
  { windowsize: 1, clients: 1000, against: 'dnsmasq', ratio: 1.0 },
  { windowsize: 16, clients: 1, against: 'atftpd', ratio: 1.2 },
  { windowsize: 16, clients: 20, against: 'atftpd', ratio: 2.0 },
] as const;

const COLUMNS = [
  ['server', 10],
  ['window', 7],
  ['clients', 8],
  ['MB/s', 8],
  ['CPU s/GB', 9],
  ['peak MB', 8],
  ['done', 6],
  ['failed', 7],
  ['unfinished', 11],
  ['retries', 8],
] as const;

/** Prints a description of the machine. */
export function printMachine(): void {
  const [first] = cpus();
  console.log(`${cpus().length} x ${first?.model ?? 'unknown'}, Linux ${release()}`);
  console.log(`Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
}

/** Prints the column titles of {@link printMeasurements}. */
export function printTitles(): void {
  console.log(COLUMNS.map(([title, width]) => title.padStart(width)).join(' '));
}

/** Prints a line per measurement. */
export function printMeasurements(measurements: readonly Measurement[]): void {
  for (const one of measurements) {
    const cells = [
      one.server,
      one.windowsize,
      one.clients,
      one.megabytesPerSecond.toFixed(1),
      one.cpuSecondsPerGigabyte.toFixed(2),
      one.peakMegabytes.toFixed(0),
      one.completed,
      one.failed + one.wrong,
      one.unfinished,
      one.retries,
    ];
    console.log(cells.map((cell, at) => String(cell).padStart(COLUMNS[at]?.[1] ?? 0)).join(' '));
  }
}

/**
 * Prints the ratios of our server to the others and the targets met: the geometric mean over the rounds
 * with its standard error, since servers measured in one round ran under similar conditions.
 */
export function printRatios(measurements: readonly Measurement[]): void {
  const cells = (
    column: 'megabytesPerSecond' | 'cpuSecondsPerGigabyte',
    server: string,
    windowsize: number,
    clients: number,
  ): number[] =>
    measurements
      .filter((one) => one.server === server)
      .filter((one) => one.windowsize === windowsize && one.clients === clients)
      .map((one) => one[column]);
  console.log(`\n${OURS} against  window clients   ratio         target   CPU s/GB`);
  for (const { windowsize, clients, against, ratio } of allRatios(measurements)) {
    const ours = cells('megabytesPerSecond', OURS, windowsize, clients);
    const theirs = cells('megabytesPerSecond', against, windowsize, clients);
    const got = comparison(ours, theirs);
    const costs = comparison(
      cells('cpuSecondsPerGigabyte', OURS, windowsize, clients),
      cells('cpuSecondsPerGigabyte', against, windowsize, clients),
    );
    if (got !== undefined) {
      const verdict = ratio === undefined ? '' : `${ratio} ${got.mean >= ratio ? 'met' : 'MISSED'}`;
      console.log(
        [
          against.padEnd(20),
          String(windowsize).padStart(6),
          String(clients).padStart(7),
          got.mean.toFixed(2).padStart(7),
          (got.error === undefined ? '' : `± ${got.error.toFixed(2)}`).padEnd(6),
          ` ${verdict}`.padEnd(14),
          costs === undefined ? '' : costs.mean.toFixed(2),
        ].join(' '),
      );
    }
  }
  const crowd = measurements.filter((one) => one.server === OURS && one.clients === 1000);
  for (const one of crowd) {
    const isMet = one.failed + one.wrong === 0 && one.peakMegabytes < 150;
    console.log(
      `1000 clients, window ${one.windowsize}: ${one.failed + one.wrong} failed, ` +
        `${one.peakMegabytes.toFixed(0)} MB (none, under 150): ${isMet ? 'met' : 'MISSED'}`,
    );
  }
}

/**
 * Prints the median throughput as the table in the README of `@pxe/tftp-protocol`, with client retries
 * in parentheses.
 */
export function printTable(measurements: readonly Measurement[]): void {
  const servers = unique(measurements.map(({ server }) => server));
  const names = servers.map((server) => (server === OURS ? 'native sockets' : server));
  console.log(`\n| Window | Clients | ${names.join(' | ')} |`);
  console.log(`| --- | --- | ${names.map(() => '---').join(' | ')} |`);
  for (const windowsize of unique(measurements.map((one) => one.windowsize))) {
    for (const clients of unique(measurements.map((one) => one.clients))) {
      const cells = servers.map((server) =>
        tableCell(
          measurements
            .filter((one) => one.server === server)
            .filter((one) => one.windowsize === windowsize && one.clients === clients),
        ),
      );
      console.log(`| ${windowsize} | ${clients} | ${cells.join(' | ')} |`);
    }
  }
}

function tableCell(rounds: readonly Measurement[]): string {
  const speed = median(rounds.map(({ megabytesPerSecond }) => megabytesPerSecond));
  const retries = median(rounds.map((one) => one.retries)) ?? 0;
  if (speed === undefined) {
    return 'no windows';
  }
  return retries === 0 ? speed.toFixed(0) : `${speed.toFixed(0)} (${retries})`;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

interface Ratio {
  readonly windowsize: number;
  readonly clients: number;
  readonly against: string;
  readonly ratio: number | undefined;
}

function allRatios(measurements: readonly Measurement[]): Ratio[] {
  const pairs = new Map(
    measurements
      .filter(({ server }) => server !== OURS)
      .map((one) => [`${one.server} ${one.windowsize} ${one.clients}`, one]),
  );
  return [...pairs.values()].map(({ server, windowsize, clients }) => ({
    windowsize,
    clients,
    against: server,
    ratio: TARGETS.find(
      (one) => one.against === server && one.windowsize === windowsize && one.clients === clients,
    )?.ratio,
  }));
}

function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Returns the geometric mean of the ratios of two rows, and its standard error for two or more rounds. */
export function comparison(
  ours: readonly number[],
  theirs: readonly number[],
): { mean: number; error: number | undefined } | undefined {
  const logarithms = ours.flatMap((speed, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [Math.log(speed / other)];
  });
  const rounds = logarithms.length;
  if (rounds === 0) {
    return undefined;
  }
  const average = logarithms.reduce((sum, one) => sum + one, 0) / rounds;
  const squares = logarithms.reduce((sum, one) => sum + (one - average) ** 2, 0);
  const mean = Math.exp(average);
  const error = rounds < 2 ? undefined : mean * Math.sqrt(squares / (rounds - 1) / rounds);
  return { mean, error };
}
