import { type ImageSource } from '../image-source.js';
import { type AptSourceOptions } from './apt-options.js';

/**
 * Returns a source that gets installer images with the host's own apt and a private state directory: the
 * host's mirrors, proxies, passwords and options apply, and its installed packages are not touched. The files
 * come from the packages `debian-installer-<release>-netboot-<arch>`.
 */
export function aptSource(options: AptSourceOptions = {}): ImageSource {
  return {
    name: 'apt',
    kind: 'apt',
    open: async (request) => {
      // Programs that only create the source do not need this module.
      const { AptSession } = await import('./apt-session.js');
      return AptSession.open(options, request);
    },
  };
}
