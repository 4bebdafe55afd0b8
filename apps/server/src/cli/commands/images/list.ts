import {
  manifestFiles,
  openStore,
  suiteFacts,
  type Generation,
  type StoredFile,
  type StoredTarget,
} from '@pxe/debian-netboot';
import type { Command } from 'commander';
import ms from 'ms';

import type { ServerConfig } from '../../../config/schema.js';
import { imageNotes } from '../../../log/image-notes.js';
import { imageSource } from '../../../images/image-source.js';
import { addConfigFlags, configOf } from '../../config-flags.js';
import { ageText, jsonText, sizeText } from '../../quantity.js';
import type { Terminal } from '../../terminal.js';

export function addListCommand(images: Command, { env, print }: Terminal): void {
  addConfigFlags(
    images
      .command('list')
      .option('--json', 'print JSON')
      .description('list generations and their images; * is served'),
  ).action(async ({ json = false }: { json?: boolean }, command: Command) => {
    const { config } = await configOf(command, env);
    const store = await openStore(config.dataDir, { readOnly: true });
    const current = await store.current();
    const generations = await store.generations();
    const source = (await imageSource(config.source)).name;
    if (json) {
      print(
        jsonText({
          source,
          refresh: config.refresh,
          generations: generations.map((generation) => summaryOf(generation, current)),
        }),
      );
      return;
    }
    if (generations.length === 0) print('no images yet; "pxeboot sync" fetches them');
    const now = Date.now();
    for (const { id, manifest } of generations) {
      const age = ageText(manifest.createdAt, now);
      const size = sizeText(totalSize(manifestFiles(manifest)));
      print(`${id === current?.id ? '*' : ' '} ${id}  ${age}, ${size}`);
      for (const target of manifest.targets) print(`    ${targetLine(target, now)}`);
    }
    print(`source: ${source}`);
    print(`next check: ${nextCheck(config.refresh)}`);
  });
}

/** When images are looked for again: only a daemon does that by itself. */
function nextCheck({ interval, jitter }: ServerConfig['refresh']): string {
  const longest = jitter === 0 ? '' : ` to ${ms(interval + jitter, { long: true })}`;
  return `"pxeboot serve" looks every ${ms(interval, { long: true })}${longest}; "pxeboot sync" at once`;
}

function targetLine(target: StoredTarget, now: number): string {
  const { suite, arch, variant, version, build, kernelVersion, abi, releaseDate } = target;
  const facts = [
    `installer ${build}`,
    sizeText(totalSize(Object.values(target.files))),
    `Linux ${kernelVersion}`,
    `modules ${abi}`,
    proofText(target),
    releaseDate === undefined
      ? undefined
      : `InRelease of ${releaseDate.slice(0, 10)} (${ageText(releaseDate, now)})`,
    target.olderThanSeen === true ? 'older than one seen before' : undefined,
    target.carriedOver ? 'kept from an earlier sync' : undefined,
    ...imageNotes(target),
  ].filter((fact) => fact !== undefined);
  return `${suite} ${arch} ${variant}: Debian ${version}, ${facts.join(', ')}`;
}

const PROOFS = { list: 'SHA256SUMS', package: 'netboot package' } as const;

function proofText({ unsigned, trust, proof }: StoredTarget): string {
  if (unsigned === true) return 'nobody has signed it';
  if (trust === 'tls') return 'trusted by the certificate of its server';
  return `signed by ${proof === undefined ? 'the archive' : `way of ${PROOFS[proof]}`}`;
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
  };
}

/** Bytes of files; those with the same content are stored once. */
function totalSize(files: readonly StoredFile[]): number {
  const unique = new Map(files.map(({ sha256, size }) => [sha256, size]));
  return [...unique.values()].reduce((sum, size) => sum + size, 0);
}
