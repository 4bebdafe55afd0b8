import { isResolution } from '../model/resolution.js';

/** Screen on which a menu is shown. */
export interface MenuScreen {
  /** `text` for menu.c32, `graphics` for vesamenu.c32. */
  readonly kind: 'text' | 'graphics';
  /** Number of character rows. */
  readonly rows: number;
  /** Number of character columns. */
  readonly columns: number;
  /** Size in pixels, for `graphics`. */
  readonly pixels?: { readonly width: number; readonly height: number };
}

/** Screen of menu.c32: 80 by 25 characters. */
export const TEXT_SCREEN: MenuScreen = { kind: 'text', rows: 25, columns: 80 };

/** Size of a character, in pixels. */
export const CHARACTER: { readonly width: number; readonly height: number } = {
  width: 8,
  height: 16,
};

/** Margin that vesamenu.c32 leaves around the text, in pixels. */
export const MARGIN_PIXELS = 8;

/**
 * Returns a screen of vesamenu.c32.
 *
 * @param width - width in whole pixels, 320 to 4096. @default 640
 * @param height - height in whole pixels, 200 to 4096. @default 480
 * @throws RangeError for another size
 */
export function graphicsScreen(width = 640, height = 480): MenuScreen {
  if (!isResolution({ width, height })) {
    throw new RangeError(
      `screen ${width} x ${height} is outside the range from 320 x 200 to 4096 x 4096`,
    );
  }
  return {
    kind: 'graphics',
    rows: Math.floor((height - 2 * MARGIN_PIXELS) / CHARACTER.height),
    columns: Math.floor((width - 2 * MARGIN_PIXELS) / CHARACTER.width),
    pixels: { width, height },
  };
}
