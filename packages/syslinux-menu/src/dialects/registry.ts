import { type Dialect, type PathResolver, type RenderOptions } from '../dialect/dialect.js';
import { grub } from './grub/render.js';
import { ipxe } from './ipxe/render.js';
import { syslinux } from './syslinux/render.js';

/** Options that every dialect has. */
export interface CommonRenderOptions extends RenderOptions {
  /** Translates paths into what the loader fetches. @default the dialect's own */
  readonly resolve?: PathResolver;
}

/** All dialects, by their name in commands. */
export const DIALECTS: Readonly<
  Record<'syslinux' | 'grub' | 'ipxe', Dialect<CommonRenderOptions>>
> = {
  syslinux,
  grub,
  ipxe,
};

/** Name of a dialect. */
export type DialectName = keyof typeof DIALECTS;
