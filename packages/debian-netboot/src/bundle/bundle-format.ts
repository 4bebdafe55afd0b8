import * as v from 'valibot';

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

const versioned = v.object({ format: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) });

const id = v.pipe(v.string(), v.maxLength(MAX_ID_LENGTH));

const schema = v.object({
  format: v.picklist([1, BUNDLE_FORMAT]),
  generation: id,
  images: v.pipe(
    v.array(
      v.object({
        suite: v.picklist(SUITES),
        arch: v.picklist(ARCHES),
        variants: v.pipe(v.array(v.picklist(VARIANTS)), v.maxLength(VARIANTS.length)),
        build: v.exactOptional(id),
        firmware: v.exactOptional(
          v.pipe(v.array(v.pipe(v.string(), v.maxLength(128))), v.maxLength(MAX_PACKAGES)),
        ),
      }),
    ),
    v.maxLength(MAX_IMAGES),
  ),
  entries: v.exactOptional(
    v.pipe(v.array(v.pipe(v.string(), v.check(isEntryId))), v.maxLength(MAX_ENTRIES)),
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
  const version = v.safeParse(versioned, json);
  if (version.success && version.output.format > BUNDLE_FORMAT) {
    throw new NetbootError(
      'ERR_NETBOOT_BUNDLE_TOO_NEW',
      `bundle.json: expected format ${BUNDLE_FORMAT} or older, got ${version.output.format}`,
      { hint: 'use the version that exported the bundle, or export it again with this one' },
    );
  }
  const index = v.safeParse(schema, json);
  if (index.success) {
    return index.output;
  }
  throw malformed(new v.ValiError(index.issues));
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
