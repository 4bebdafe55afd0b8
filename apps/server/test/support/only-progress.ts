import { expect } from 'vitest';

/**
 * Matches the standard error of a sync without problems: one that takes long reports its progress there, every ten
 * seconds.
 */
export const ONLY_PROGRESS: string = expect.stringMatching(
  /^(?:pxeboot: (?:preparing the images|images: .+ of .+)\n)*$/,
) as string;
