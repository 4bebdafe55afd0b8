import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { type DialectName, walkItems } from '@pxe/syslinux-menu';
import { convertMenuFile, parseMenuFile } from '@pxe/syslinux-menu/cli';

import { provideGrub, provideLoaders } from './loaders.js';
import { Machine } from './machine.js';
import { tinyDisk, tinyKernel } from './tiny-programs.js';

const BOOT_TIMEOUT_MS = 180_000;

/**
 * Observation time in milliseconds, longer than any countdown of a conversion: a loader that has not started
 * anything by then waits for a key.
 */
const OBSERVED_MS = 30_000;

/** Output of the tiny kernel and the tiny disk. */
const STARTED = [']\n'];

/** A loader, the file it boots from, and its output when the menu appears. */
interface Loader {
  readonly name: string;
  readonly bootFile: string;
  readonly begins: readonly string[];
  readonly hasScreen: boolean;
}

const LOADERS: readonly (Loader & { readonly dialect: DialectName; readonly file: string })[] = [
  {
    name: 'pxelinux',
    dialect: 'syslinux',
    file: 'pxelinux.cfg/default',
    bootFile: 'pxelinux.0',
    begins: ['PXELINUX'],
    hasScreen: true,
  },
  {
    name: 'grub',
    dialect: 'grub',
    file: 'grub/grub.cfg',
    bootFile: 'grub.0',
    // GRUB writes to the serial port as soon as its configuration says so.
    begins: ['\u001b[H\u001b[J', ...STARTED],
    hasScreen: true,
  },
  {
    name: 'ipxe',
    dialect: 'ipxe',
    file: 'menu.ipxe',
    bootFile: 'menu.ipxe',
    begins: ['menu.ipxe... ok'],
    hasScreen: false,
  },
];

/**
 * Boots a configuration with the real pxelinux, and its conversions with the real GRUB and iPXE, with
 * tiny kernels and a tiny disk instead of the real ones. Writes next to `scenario.json`: the
 * conversions (`grub.cfg`, `menu.ipxe`), the output of each loader (`pxelinux.serial` and so on),
 * and `seconds.json`, the time from each loader's first output to the first program.
 */
export async function captureConversion(directory: string, workDirectory: string): Promise<void> {
  const original = join(directory, 'tftp', 'pxelinux.cfg/default');
  const seconds: Record<string, number | null> = {};
  for (const loader of LOADERS) {
    const temporary = await mkdtemp(join(tmpdir(), 'menu-conversion-'));
    const tftp = join(temporary, 'tftp');
    await provideLoaders(tftp, workDirectory);
    await provideGrub(tftp, workDirectory);
    await cp(join(directory, 'tftp'), tftp, { recursive: true });
    await provideKernels(original, tftp);
    if (loader.dialect !== 'syslinux') {
      const { bytes } = convertMenuFile(original, loader.dialect, {
        root: join(directory, 'tftp'),
      });
      await mkdir(dirname(join(tftp, loader.file)), { recursive: true });
      await writeFile(join(tftp, loader.file), bytes);
      await writeFile(join(directory, loader.file.replace(/^.*\//, '')), bytes);
    }
    const disk = join(temporary, 'disk.img');
    await writeFile(disk, tinyDisk());
    const { bootFile, hasScreen } = loader;
    const machine = await Machine.start({ tftp, bootFile, directory: temporary, disk, hasScreen });
    try {
      await machine.waitFor(loader.begins, BOOT_TIMEOUT_MS);
      const begun = Date.now();
      const isStarted = await machine.watch(STARTED, OBSERVED_MS);
      seconds[loader.name] = isStarted ? Math.round((Date.now() - begun) / 100) / 10 : null;
      const stream = await readFile(machine.serialFile);
      await writeFile(join(directory, `${loader.name}.serial`), stream);
    } finally {
      await machine[Symbol.asyncDispose]();
      await rm(temporary, { recursive: true });
    }
  }
  await writeFile(join(directory, 'seconds.json'), `${JSON.stringify(seconds, null, 2)}\n`);
}

/** Adds tiny kernels and empty ramdisks under the names in the menu. */
async function provideKernels(file: string, tftp: string): Promise<void> {
  const { menu } = parseMenuFile(file, { root: tftp });
  for (const { item } of walkItems(menu)) {
    if (item.type !== 'linux') {
      continue;
    }
    for (const [path, content] of [
      [item.kernel, tinyKernel()] as const,
      ...(item.initrd ?? []).map((name) => [name, Buffer.alloc(1024)] as const),
    ]) {
      await mkdir(dirname(join(tftp, path)), { recursive: true });
      await writeFile(join(tftp, path), content);
    }
  }
}
