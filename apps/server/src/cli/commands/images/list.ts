import { type Command } from 'commander';
import ms from 'ms';

import { suiteFacts } from '@pxe/debian-netboot/catalog';
import {
  type Generation,
  manifestFiles,
  type RefreshRecord,
  type StoredEntry,
  type StoredFile,
  type StoredTarget,
} from '@pxe/debian-netboot/store';

import { type ServerConfig } from '../../../config/schema.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { imageSource } from '../../../images/image-source.js';
import { counted } from '../../../log/counted.js';
import { imageNotes } from '../../../log/image-notes.js';
import { withOwnCommand } from '../../../own-command.js';
import { addConfigFlags, sectionsOf } from '../../config-flags.js';
import { ageText, sizeText } from '../../quantity.js';
import { type Terminal } from '../../terminal.js';

export function addListCommand(images: Command, { env, print, printJson }: Terminal): void {
  addConfigFlags(
    images
      .command('list')
      .option('--json', 'print JSON')
      .description('list generations and their images; * marks the served one'),
    ['dataDir'],
  ).action(async ({ json = false }: { json?: boolean }, command: Command) => {
    const config = await sectionsOf(command, env, ['dataDir', 'source', 'refresh']);
    const store = await openDataDirectory(config.dataDir, { readOnly: true });
    const current = await store.current();
    const generations = await store.generations();
    const refresh = await store.refreshRecord();
    if (json) {
      printJson({
        source: await sourceName(config),
        refresh: config.refresh,
        checkedAt: refresh.checkedAt,
        checkOutcome: refresh.outcome,
        nextCheckAt: refresh.nextCheckAt,
        generations: generations.map((generation) => summaryOf(generation, current)),
      });
      return;
    }
    if (generations.length === 0) {
      print(withOwnCommand('no images yet; run "pxeboot sync" to fetch them', env));
    }
    const now = Date.now();
    for (const { id, manifest } of generations) {
      const age = ageText(manifest.createdAt, now);
      const size = sizeText(totalSize(manifestFiles(manifest)));
      print(`${id === current?.id ? '*' : ' '} ${id}  ${age}, ${size}`);
      for (const target of manifest.targets) {
        print(`    ${targetLine(target, now)}`);
      }
      for (const entry of manifest.entries ?? []) {
        print(`    ${entryLine(entry)}`);
      }
    }
    print(`source: ${await sourceName(config)}`);
    print(`last check: ${lastCheck(refresh, now)}`);
    print(withOwnCommand(`next check: ${nextCheck(config.refresh, refresh, now)}`, env));
  });
}

async function sourceName({ source }: Pick<ServerConfig, 'source'>): Promise<string> {
  return (await imageSource(source)).name;
}

const OUTCOMES = {
  complete: 'complete',
  partial: 'some images were not refreshed',
  failed: 'failed',
} as const;

function lastCheck({ checkedAt, outcome }: RefreshRecord, now: number): string {
  if (checkedAt === undefined) {
    return 'not recorded yet';
  }
  const time = checkedAt.toISOString();
  return `${time} (${ageText(time, now)})${outcome === undefined ? '' : `, ${OUTCOMES[outcome]}`}`;
}

/** Describes when the next automatic check is due; only a daemon makes such checks. */
function nextCheck(
  { interval, jitter }: ServerConfig['refresh'],
  { nextCheckAt }: RefreshRecord,
  now: number,
): string {
  if (nextCheckAt !== undefined) {
    const left = nextCheckAt.getTime() - now;
    const time = nextCheckAt.toISOString();
    return left >= 0
      ? `${time} (in ${ms(left, { long: true })})`
      : `was due at ${time}; check that "pxeboot serve" is running, or run "pxeboot sync"`;
  }
  const longest = jitter === 0 ? '' : `, plus up to ${ms(jitter, { long: true })}`;
  return `"pxeboot serve" checks every ${ms(interval, { long: true })}${longest}; run "pxeboot sync" to check now`;
}

function targetLine(target: StoredTarget, now: number): string {
  const { suite, arch, variant, version, build, kernelVersion, abi, releaseDate, firmware } =
    target;
  const facts = [
    `installer ${build}`,
    sizeText(totalSize(Object.values(target.files))),
    firmware === undefined
      ? undefined
      : `firmware ${sizeText(firmware.file.size)} (${counted(firmware.packages.length, 'package')})`,
    `Linux ${kernelVersion}`,
    `modules ${abi}`,
    proofText(target),
    releaseDate === undefined
      ? undefined
      : `InRelease of ${releaseDate.slice(0, 10)} (${ageText(releaseDate, now)})`,
    target.olderThanSeen === true ? 'older than one already seen' : undefined,
    target.carriedOver ? 'kept from an earlier sync' : undefined,
    ...imageNotes(target),
  ].filter((fact) => fact !== undefined);
  return `${suite} ${arch} ${variant}: Debian ${version}, ${facts.join(', ')}`;
}

function entryLine({ id, package: name, files }: StoredEntry): string {
  const formats = [...new Set(files.flatMap(({ formats: own = [] }) => own))];
  const size = sizeText(totalSize(files.map(({ file }) => file)));
  return `entry ${id}: ${[size, ...formats, ...(name === undefined ? [] : [`package ${name}`])].join(', ')}`;
}

const PROOFS = { list: 'SHA256SUMS', package: 'netboot package' } as const;

function proofText({ unsigned, trust, proof }: StoredTarget): string {
  if (unsigned === true) {
    return 'unsigned';
  }
  if (trust === 'tls') {
    return 'trusted by its server certificate';
  }
  return proof === undefined ? 'signed by the archive' : `signed through ${PROOFS[proof]}`;
}

function summaryOf({ id, manifest }: Generation, current: Generation | undefined): object {
  return {
    id,
    current: id === current?.id,
    createdAt: manifest.createdAt,
    size: totalSize(manifestFiles(manifest)),
    images: manifest.targets.map((target) => ({
      ...target,
      title: suiteFacts(target.suite).title,
      notes: imageNotes(target),
      size: totalSize(Object.values(target.files)),
    })),
    entries: manifest.entries ?? [],
  };
}

/** Returns the total size of files, counting equal content once. */
function totalSize(files: readonly StoredFile[]): number {
  const unique = new Map(files.map(({ sha256, size }) => [sha256, size]));
  return [...unique.values()].reduce((sum, size) => sum + size, 0);
}
