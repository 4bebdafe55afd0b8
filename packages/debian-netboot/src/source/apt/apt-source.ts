import { NetbootError } from '../../errors.js';
import { type ImageSource } from '../image-source.js';

/** How the host's apt is used. */
export interface AptSourceOptions {
  /**
   * The program to run.
   *
   * @default 'apt-get', found on the PATH
   */
  readonly aptGet?: string;
}

/** Gets installer images with the host's own apt. */
export function aptSource(options: AptSourceOptions = {}): ImageSource {
  return {
    name: 'apt',
    open() {
      return Promise.reject(
        new NetbootError('ERR_NETBOOT_APT_MISSING', `${options.aptGet ?? 'apt-get'} was not found`),
      );
    },
  };
}
