import { type z } from 'zod';

import {
  type Generation,
  type GenerationManifest,
  type ImageStore,
  manifestFiles,
  type StoredFile,
  type StoredTarget,
} from '@pxe/debian-netboot';
import { suiteFacts } from '@pxe/debian-netboot/catalog';

import { type ImageService } from '../images/image-service.js';
import { imageNotes } from '../log/image-notes.js';
import { type imageList } from './schemas.js';

type ImageList = z.output<typeof imageList>;

/** Components that provide the state of the images. */
export interface ImageParts {
  readonly store: Pick<ImageStore, 'current' | 'generations' | 'refreshRecord'>;
  readonly images: ImageService;
  /** Returns the name of the source; undefined if this daemon does not refresh the store. */
  readonly source: () => string | undefined;
}

/**
 * Returns the images being served, the state of their refresh, and the generations available for a
 * rollback.
 */
export async function describeImages(
  { store, images, source: nameOfSource }: ImageParts,
  now: number,
): Promise<ImageList> {
  const { served } = images;
  const source = nameOfSource();
  const { checkedAt, outcome, nextCheckAt } = await store.refreshRecord();
  return {
    ...(served === undefined ? {} : { served: served.id }),
    ...describeServed(images, now),
    refresh: {
      running: images.isRefreshing,
      ...(source === undefined ? {} : { source }),
      ...(checkedAt === undefined ? {} : { checkedAt: checkedAt.toISOString() }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(nextCheckAt === undefined ? {} : { nextCheckAt: nextCheckAt.toISOString() }),
    },
    generations: (await store.generations()).map((generation) =>
      describeGeneration(generation, generation.id === served?.id),
    ),
  };
}

/** Returns the images being served. */
export function describeServed(
  images: Pick<ImageService, 'served' | 'damaged' | 'confirmedAt'>,
  now: number,
): Pick<ImageList, 'ready' | 'images'> {
  const { served, damaged } = images;
  const damagedHashes = new Set(damaged.map(({ sha256 }) => sha256));
  return {
    ready: served !== undefined && damaged.length === 0,
    images: (served?.manifest.targets ?? []).map((target) =>
      describeImage(target, images.confirmedAt(target), damagedHashes, now),
    ),
  };
}

function describeGeneration(
  { id, manifest }: Generation,
  current: boolean,
): ImageList['generations'][number] {
  const { createdAt, targets, entries = [] } = manifest;
  const bySha256 = new Map(manifestFiles(manifest).map(({ sha256, size }) => [sha256, size]));
  return {
    id,
    createdAt: new Date(createdAt).toISOString(),
    current,
    images: targets.map((target) => {
      const { suite, arch, variant, version, build, kernelVersion, firmware } = target;
      const files = filesOf(target);
      const size = files.reduce((sum, file) => sum + file.size, 0);
      const packages = firmware?.packages.map((one) => ({ ...one })) ?? [];
      const name = { suite, arch, variant };
      return { ...name, version, build, kernelVersion, size, files, firmware: packages };
    }),
    loaders: loadersOf(manifest),
    entries: entries.map((entry) => ({
      id: entry.id,
      files: entry.files.map(({ role, file }) => describeFile(role, file)),
    })),
    bytes: [...bySha256.values()].reduce((sum, size) => sum + size, 0),
  };
}

function loadersOf({
  biosLoaders,
  efiLoaders,
}: GenerationManifest): ImageList['generations'][number]['loaders'] {
  return [
    ...(biosLoaders === undefined
      ? []
      : [{ name: `PXELINUX (${biosLoaders.suite})`, version: biosLoaders.version }]),
    ...efiLoaders.map(({ suite, arch, build }) => ({
      name: `shim and GRUB (${suite} ${arch})`,
      version: build,
    })),
  ];
}

function filesOf({ files }: StoredTarget): ReturnType<typeof describeFile>[] {
  return Object.entries(files).map(([name, file]) => describeFile(name, file));
}

function describeFile(
  name: string,
  { sha256, size }: StoredFile,
): ImageList['images'][number]['files'][number] {
  return { name, sha256, size };
}

function describeImage(
  target: StoredTarget,
  confirmedAt: Date,
  damagedHashes: ReadonlySet<string>,
  now: number,
): ImageList['images'][number] {
  const { suite, arch, variant, version, build, kernelVersion, abi, carriedOver, releaseDate } =
    target;
  const { firmware } = target;
  const files = Object.values(target.files);
  const served = firmware === undefined ? files : [...files, firmware.file];
  return {
    suite,
    arch,
    variant,
    title: suiteFacts(suite).title,
    version,
    build,
    kernelVersion,
    size: files.reduce((sum, { size }) => sum + size, 0),
    proof: proofOf(target),
    ...(releaseDate === undefined ? {} : { releaseDate: new Date(releaseDate).toISOString() }),
    ...(firmware === undefined
      ? {}
      : {
          firmware: {
            size: firmware.file.size,
            packages: firmware.packages.map(({ name }) => name),
          },
        }),
    confirmedAt: confirmedAt.toISOString(),
    ageSeconds: Math.max(0, Math.round((now - confirmedAt.getTime()) / 1000)),
    carriedOver,
    modules: abi,
    damaged: served.some(({ sha256 }) => damagedHashes.has(sha256)),
    files: filesOf(target),
    olderThanSeen: target.olderThanSeen === true,
    notes: [...imageNotes(target)],
  };
}

function proofOf({ unsigned, trust, proof }: StoredTarget): ImageList['images'][number]['proof'] {
  if (unsigned === true) {
    return 'none';
  }
  return trust ?? proof ?? 'signed';
}
