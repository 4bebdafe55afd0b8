import { z } from 'zod';

import { ARCHES } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { SUITES } from '../catalog/suite.js';
import { VARIANTS } from '../catalog/variant.js';
import { NetbootError } from '../errors.js';

/** The first file of a bundle: what is in it. Nothing in it is trusted. */
export const BUNDLE_INDEX_NAME = 'bundle.json';

/** The largest index that is read, in bytes. */
export const MAX_BUNDLE_INDEX_BYTES: number = 1024 * 1024;

/** What a bundle says about itself. */
export interface BundleIndex {
  /**
   * Version of what a bundle may hold: 1 is images by their SHA256SUMS; 2 adds netboot packages and
   * archived suites.
   */
  readonly format: 1 | 2;
  /** The generation that it was made of. */
  readonly generation: string;
  /** The images in it, each pinned to its build. */
  readonly images: readonly ImageSelection[];
}

/** The version that is written. */
export const BUNDLE_FORMAT = 2;

/** Maximum number of entries of images: there are fewer images of Debian, and each costs work for all. */
const MAX_IMAGES = 256;

const versioned = z.object({ format: z.int().positive() });

const schema = z.object({
  format: z.literal([1, BUNDLE_FORMAT]),
  generation: z.string(),
  images: z
    .array(
      z.object({
        suite: z.enum(SUITES),
        arch: z.enum(ARCHES),
        variants: z.array(z.enum(VARIANTS)).max(VARIANTS.length),
        build: z.string().exactOptional(),
      }),
    )
    .max(MAX_IMAGES),
});

/**
 * Reads a bundle's index.
 *
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_ARCHIVE`, `ERR_NETBOOT_BUNDLE_TOO_NEW`
 */
export function parseBundleIndex(text: string): BundleIndex {
  const json = parseJson(text);
  const version = versioned.safeParse(json);
  if (version.success && version.data.format > BUNDLE_FORMAT) {
    throw new NetbootError(
      'ERR_NETBOOT_BUNDLE_TOO_NEW',
      `the bundle is of format ${version.data.format}, expected ${BUNDLE_FORMAT} or older`,
      { hint: 'use the version that made the bundle, or make it again with this one' },
    );
  }
  const index = schema.safeParse(json);
  if (index.success) {
    return index.data;
  }
  throw malformed(index.error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', 'bundle.json is missing or invalid', {
    hint: 'make the bundle again, with this version',
    cause,
  });
}
