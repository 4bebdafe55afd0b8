import { type z } from 'zod';

import { type Generation, type ImageStore, type StoredTarget } from '@pxe/debian-netboot';
import { suiteFacts } from '@pxe/debian-netboot/catalog';

import { type ImageService } from '../images/image-service.js';
import { imageNotes } from '../log/image-notes.js';
import { type imageList } from './schemas.js';

type ImageList = z.output<typeof imageList>;

/** Parts of the daemon that know about images. */
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
  const { served, damaged } = images;
  const source = nameOfSource();
  const { checkedAt, outcome, nextCheckAt } = await store.refreshRecord();
  const damagedHashes = new Set(damaged.map(({ sha256 }) => sha256));
  return {
    ready: served !== undefined && damaged.length === 0,
    ...(served === undefined ? {} : { served: served.id }),
    images: (served?.manifest.targets ?? []).map((target) =>
      describeImage(target, images.confirmedAt(target), damagedHashes, now),
    ),
    refresh: {
      running: images.isRefreshing,
      ...(source === undefined ? {} : { source }),
      ...(checkedAt === undefined ? {} : { checkedAt: checkedAt.toISOString() }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(nextCheckAt === undefined ? {} : { nextCheckAt: nextCheckAt.toISOString() }),
    },
    generations: (await store.generations()).map(({ id, manifest }: Generation) => ({
      id,
      createdAt: new Date(manifest.createdAt).toISOString(),
      current: id === served?.id,
      images: manifest.targets.map(({ suite, arch, variant }) => ({ suite, arch, variant })),
    })),
  };
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
    notes: [...imageNotes(target)],
  };
}

function proofOf({ unsigned, trust, proof }: StoredTarget): ImageList['images'][number]['proof'] {
  if (unsigned === true) {
    return 'none';
  }
  return trust ?? proof ?? 'signed';
}
