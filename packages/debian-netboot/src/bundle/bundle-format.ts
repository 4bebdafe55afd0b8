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
  readonly format: 1;
  /** The generation that it was made of. */
  readonly generation: string;
  /** The images in it, each pinned to its build. */
  readonly images: readonly ImageSelection[];
}

const schema = z.object({
  format: z.literal(1),
  generation: z.string(),
  images: z.array(
    z.object({
      suite: z.enum(SUITES),
      arch: z.enum(ARCHES),
      variants: z.array(z.enum(VARIANTS)),
      build: z.string().exactOptional(),
    }),
  ),
});

/**
 * Reads a bundle's index.
 *
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_ARCHIVE`
 */
export function parseBundleIndex(text: string): BundleIndex {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', 'the bundle says not what is in it', {
      hint: 'make the bundle again, with this version',
      cause,
    });
  }
}
