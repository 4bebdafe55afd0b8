import { type LoaderName } from '@pxe/syslinux-menu/cli';

/** Formats in which a menu can be printed: those of boot loaders, and pictures. */
export const MENU_FORMS = ['syslinux', 'grub', 'ipxe', 'ansi', 'text', 'svg'] as const;

/** One of {@link MENU_FORMS}. */
export type MenuForm = (typeof MENU_FORMS)[number];

/** Options of `pxeboot menu show`. */
export interface ShowOptions {
  readonly as?: MenuForm;
  readonly arch: string;
  readonly address: string;
  readonly host?: string;
  readonly root?: string;
  readonly loader?: LoaderName;
  readonly interactive?: boolean;
}
