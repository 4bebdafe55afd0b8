/** Size of a screen. */
export interface Resolution {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** Default screen size of a menu. */
export const DEFAULT_RESOLUTION: Resolution = { width: 640, height: 480 };

/** Smallest screen on which a menu fits. */
export const MIN_RESOLUTION: Resolution = { width: 320, height: 200 };

/** Largest screen size; larger than any mode that firmware offers. */
export const MAX_RESOLUTION: Resolution = { width: 4096, height: 4096 };

/**
 * Returns true if the size consists of whole numbers from {@link MIN_RESOLUTION} to {@link MAX_RESOLUTION}.
 */
export function isResolution({ width, height }: Resolution): boolean {
  const isWithin = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  return (
    isWithin(width, MIN_RESOLUTION.width, MAX_RESOLUTION.width) &&
    isWithin(height, MIN_RESOLUTION.height, MAX_RESOLUTION.height)
  );
}
