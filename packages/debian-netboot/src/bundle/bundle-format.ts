import * as z from 'zod/mini';

import { ARCHES } from '../catalog/arch.js';
import { isEntryId, MAX_ENTRIES } from '../catalog/own-entries.js';
import { type ImageSelection } from '../catalog/selection.js';
import { SUITES } from '../catalog/suite.js';
import { VARIANTS } from '../catalog/variant.js';
import { NetbootError } from '../errors.js';

/** Name of a bundle's first file: an index of its content, which is not trusted. */
export const BUNDLE_INDEX_NAME = 'bundle.json';

/** Maximum size of the index, in bytes. */
export const MAX_BUNDLE_INDEX_BYTES: number = 1024 * 1024;

/** Index of a bundle. */
export interface BundleIndex {
  /**
   * Version of the bundle format: 1 has images verified by their SHA256SUMS; 2 adds netboot packages and
   * archived suites.
   */
  readonly format: 1 | 2;
  /** Id of the exported generation. */
  readonly generation: string;
  /** Images in the bundle, each pinned to its build. */
  readonly images: readonly ImageSelection[];
  /** Ids of the extra entries in the bundle; absent if there are none. */
  readonly entries?: readonly string[];
}

/** Format version of new bundles. */
export const BUNDLE_FORMAT = 2;

/** Maximum number of entries in `images`, since each costs work; Debian has far fewer images. */
const MAX_IMAGES = 256;

/** Maximum number of firmware packages per image; Debian 13 has about 40. */
const MAX_PACKAGES = 100;

/**
 * Maximum length of the name of a build or the id of a generation, in characters; both appear in messages.
 */
const MAX_ID_LENGTH = 128;

const versioned = z.object({ format: z.int().check(z.positive()) });

const schema = z.object({
  format: z.literal([1, BUNDLE_FORMAT]),
  generation: z.string().check(z.maxLength(MAX_ID_LENGTH)),
  images: z
    .array(
      z.object({
        suite: z.enum(SUITES),
        arch: z.enum(ARCHES),
        variants: z.array(z.enum(VARIANTS)).check(z.maxLength(VARIANTS.length)),
        build: z.exactOptional(z.string().check(z.maxLength(MAX_ID_LENGTH))),
        firmware: z.exactOptional(
          z.array(z.string().check(z.maxLength(128))).check(z.maxLength(MAX_PACKAGES)),
        ),
      }),
    )
    .check(z.maxLength(MAX_IMAGES)),
  entries: z.exactOptional(
    z.array(z.string().check(z.refine(isEntryId))).check(z.maxLength(MAX_ENTRIES)),
  ),
});

/**
 * Parses a bundle's index.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` if it is invalid, `ERR_NETBOOT_BUNDLE_TOO_NEW` if a
 *   newer version of this package wrote it
 */
export function parseBundleIndex(text: string): BundleIndex {
  const json = parseJson(text);
  const version = versioned.safeParse(json);
  if (version.success && version.data.format > BUNDLE_FORMAT) {
    throw new NetbootError(
      'ERR_NETBOOT_BUNDLE_TOO_NEW',
      `bundle.json: expected format ${BUNDLE_FORMAT} or older, got ${version.data.format}`,
      { hint: 'use the version that exported the bundle, or export it again with this one' },
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
    hint: 'export the bundle again with this version',
    cause,
  });
}
