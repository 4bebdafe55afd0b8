import { Option } from 'commander';

import { type LoaderName } from '@pxe/syslinux-menu/cli';

// Not the list in the package, which takes longer to load than a command takes to show its help.
const LOADERS = { syslinux: true, 'u-boot': true } as const satisfies Record<LoaderName, true>;

/** Returns the `--loader` option, which every command that reads menu files has. */
export function loaderOption(): Option {
  const about =
    'loader whose rules apply (default: U-Boot for a file with device trees and no menu program, otherwise syslinux)';
  return new Option('--loader <name>', about).choices(Object.keys(LOADERS));
}
