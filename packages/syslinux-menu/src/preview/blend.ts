/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Splits 0xAARRGGBB into the opacity, from 0 to 1, and the colour. */
export function splitArgb(argb: number): { readonly alpha: number; readonly rgb: Rgb } {
  return {
    alpha: Math.floor(argb / 0x100_0000) / 0xff,
    rgb: [(argb >> 16) & 0xff, (argb >> 8) & 0xff, argb & 0xff],
  };
}

/** Blends a colour over another in linear light, as vesamenu.c32 does. */
export function blend(argb: number, under: Rgb): Rgb {
  const { alpha, rgb } = splitArgb(argb);
  const [red, green, blue] = rgb;
  const mix = (over: number, below: number): number =>
    Math.round(toScreen(toLight(over) * alpha + toLight(below) * (1 - alpha)));
  return [mix(red, under[0]), mix(green, under[1]), mix(blue, under[2])];
}

/**
 * Returns the opacity at which a picture viewer, which blends screen values, comes closest to
 * blending in linear light. Exact for white on black and black on white.
 */
export function screenOpacity(argb: number): number {
  const { alpha, rgb } = splitArgb(argb);
  const brightness = (rgb[0] + rgb[1] + rgb[2]) / (3 * 0xff);
  const asLight = toScreen(alpha) / 0xff;
  const asShade = 1 - toScreen(1 - alpha) / 0xff;
  return brightness * asLight + (1 - brightness) * asShade;
}

/** Converts an sRGB screen value to linear light, 0 to 1. */
function toLight(value: number): number {
  const share = value / 0xff;
  return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** Converts linear light to an sRGB screen value. */
function toScreen(light: number): number {
  return 0xff * (light <= 0.003_130_8 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
}
