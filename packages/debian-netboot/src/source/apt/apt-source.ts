import { type ImageSource } from '../image-source.js';
import { type AptSourceOptions } from './apt-options.js';

/**
 * Returns a source that gets installer images with the host's own apt and a private state directory: the
 * host's mirrors, proxies, passwords and options apply, and its packages are left alone. The files come from
 * the packages `debian-installer-<release>-netboot-<arch>`.
 */
export function aptSource(options: AptSourceOptions = {}): ImageSource {
  return {
    name: 'apt',
    kind: 'apt',
    open: async (request) => {
      // Programs that only name the source need none of this.
      const { AptSession } = await import('./apt-session.js');
      return AptSession.open(options, request);
    },
  };
}
