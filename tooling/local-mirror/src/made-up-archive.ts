import { createHash } from 'node:crypto';

import { buildDeb } from './deb-file.js';
import { biosKernel, efiProgram, grubImage, kernelImage, noise } from './made-up-files.js';
import { memoryFile, type MirrorTree } from './mirror-tree.js';
import { addIndex, publishSuite, type ReleaseFields } from './release.js';
import { type InReleaseKey } from './signing-key.js';

/** A suite to make up. */
export interface MadeUpSuite extends Partial<ReleaseFields> {
  readonly codename: string;
  /** @default ['amd64'] */
  readonly arches?: readonly string[];
  /** @default '20250101+deb13u1' */
  readonly build?: string;
  /** Kernel version of the images, without the architecture suffix. @default '6.12.1+deb13' */
  readonly kernel?: string;
  /** Kernels with installer modules. @default the kernel of the images */
  readonly moduleKernels?: readonly string[];
  /** Size of an initrd in bytes. @default 60_000 */
  readonly initrdLength?: number;
  /** @default '3:6.04-1' */
  readonly syslinuxVersion?: string;
  /** True if GRUB has its http module. @default true */
  readonly grubHttp?: boolean;
  /** Names of packages in non-free-firmware, each with one file. @default none, and no index */
  readonly firmware?: readonly string[];
  /** Version of the memtest86+ package. @default none, and no package */
  readonly memtestVersion?: string;
  /** Version of the firmware packages. @default '20250101-1' */
  readonly firmwareVersion?: string;
}

const BIOS_MODULES = ['ldlinux', 'libcom32', 'libutil', 'menu', 'vesamenu', 'chain', 'reboot'];

const EFI = {
  amd64: { shim: 'bootnetx64.efi', grub: 'grubx64.efi', platform: 'x86_64-efi' },
  arm64: { shim: 'bootnetaa64.efi', grub: 'grubaa64.efi', platform: 'arm64-efi' },
  i386: { shim: 'bootnetia32.efi', grub: 'grubia32.efi', platform: 'i386-efi' },
};

/**
 * Adds a whole suite to a tree, signed: installer images of every architecture, the lists of
 * packages and of installer modules, and the packages themselves.
 */
export async function addMadeUpSuite(
  tree: MirrorTree,
  suite: MadeUpSuite,
  key: InReleaseKey,
): Promise<void> {
  const { codename, arches = ['amd64'], build = '20250101+deb13u1' } = suite;
  const packages: string[] = [];
  for (const arch of arches) {
    const files = installerFiles(suite, arch);
    addInstaller(tree, codename, arch, build, files);
    addModuleIndex(tree, suite, arch);
    packages.push(await addPackage(tree, netbootPackage(suite, arch, build, files)));
  }
  for (const deb of syslinuxPackages(suite)) {
    packages.push(await addPackage(tree, deb));
  }
  if (suite.memtestVersion !== undefined) {
    packages.push(await addPackage(tree, memtestPackage(suite.memtestVersion)));
  }
  for (const arch of new Set(['all', 'amd64', ...arches])) {
    addIndex(tree, `dists/${codename}/main/binary-${arch}/Packages`, packages.join('\n'));
  }
  if (suite.firmware !== undefined) {
    await addFirmware(tree, suite, suite.firmware);
  }
  await publishSuite(
    tree,
    { suite: 'stable', version: '13.1', date: new Date('2026-01-01T00:00:00Z'), ...suite },
    key,
  );
}

/** Adds the component non-free-firmware. */
async function addFirmware(
  tree: MirrorTree,
  { codename, arches = ['amd64'], firmwareVersion: version = '20250101-1' }: MadeUpSuite,
  names: readonly string[],
): Promise<void> {
  const packages: string[] = [];
  for (const name of names) {
    const files = new Map([
      [`usr/lib/firmware/${name}/a b.bin`, noise(`${name} a b`, 100)],
      [`usr/lib/firmware/${name}/card.bin`, noise(`${name} ${version}`, 3001)],
      [`usr/share/doc/${name}/copyright`, Buffer.from('made up\n')],
    ]);
    const links = new Map([
      [`usr/lib/firmware/${name}/old.bin`, `/usr/lib/firmware/${name}/card.bin`],
    ]);
    packages.push(await addPackage(tree, { name, version, files, links }, 'non-free-firmware'));
  }
  for (const arch of arches) {
    const index = `dists/${codename}/non-free-firmware/binary-${arch}/Packages`;
    addIndex(tree, index, packages.join('\n'));
  }
}

/** Returns an architecture's files below `images/`. */
function installerFiles(suite: MadeUpSuite, arch: string): Map<string, Buffer> {
  const { codename, kernel = '6.12.1+deb13', initrdLength = 60_000, grubHttp = true } = suite;
  const { build = '20250101+deb13u1' } = suite;
  const efi = EFI[arch as keyof typeof EFI];
  const files = new Map<string, Buffer>();
  for (const variant of ['netboot', 'netboot/gtk']) {
    const folder = `${variant}/debian-installer/${arch}`;
    const seed = `${codename} ${build} ${arch}`;
    files.set(`${folder}/linux`, kernelImage(arch, `${kernel}-${arch}`, 50_000));
    files.set(`${folder}/initrd.gz`, noise(`initrd ${seed} ${variant}`, initrdLength));
    files.set(`${folder}/${efi.shim}`, noise(`shim ${seed}`, 10_000));
    files.set(`${folder}/${efi.grub}`, grubImage(seed, grubHttp));
    files.set(`${folder}/grub/font.pf2`, noise(`font ${seed}`, 500));
    for (const list of ['command', 'crypto', 'fs', 'terminal']) {
      files.set(`${folder}/grub/${efi.platform}/${list}.lst`, noise(`${list} ${seed}`, 100));
    }
    files.set(`${variant}/version.info`, Buffer.from(`Installer build: ${build}\n`));
  }
  return files;
}

function addInstaller(
  tree: MirrorTree,
  codename: string,
  arch: string,
  build: string,
  files: ReadonlyMap<string, Buffer>,
): void {
  const sums = [...files].map(([path, content]) => `${sha256(content)}  ./${path}\n`).join('');
  for (const directory of [build, 'current']) {
    const root = `dists/${codename}/main/installer-${arch}/${directory}/images`;
    tree.set(`${root}/SHA256SUMS`, memoryFile(sums));
    for (const [path, content] of files) {
      tree.set(`${root}/${path}`, memoryFile(content));
    }
  }
}

function addModuleIndex(tree: MirrorTree, suite: MadeUpSuite, arch: string): void {
  const { codename, kernel = '6.12.1+deb13', moduleKernels = [kernel] } = suite;
  const stanzas = moduleKernels.map(
    (version) =>
      `Package: nic-modules-${version}-${arch}-di\nVersion: 1\nArchitecture: ${arch}\nKernel-Version: ${version}-${arch}\n`,
  );
  addIndex(
    tree,
    `dists/${codename}/main/debian-installer/binary-${arch}/Packages`,
    ['Package: anna\nVersion: 1\n', ...stanzas].join('\n'),
  );
}

interface PackageContent {
  readonly name: string;
  readonly version: string;
  /** @default 'all' */
  readonly arch?: 'all' | 'amd64';
  readonly files: ReadonlyMap<string, Buffer>;
  /** Targets of symlinks by path. */
  readonly links?: ReadonlyMap<string, string>;
}

function netbootPackage(
  { codename }: MadeUpSuite,
  arch: string,
  build: string,
  files: ReadonlyMap<string, Buffer>,
): PackageContent {
  const release = codename === 'bookworm' ? 12 : 13;
  const root = `usr/lib/debian-installer/images/${release}/${arch}`;
  const inPackage = [...files].map(([path, content]): [string, Buffer] => [
    path.startsWith('netboot/gtk/')
      ? path.replace('netboot/gtk', `${root}/gtk`)
      : path.replace('netboot', `${root}/text`),
    content,
  ]);
  return {
    name: `debian-installer-${release}-netboot-${arch}`,
    version: build,
    files: new Map(inPackage),
  };
}

function syslinuxPackages({
  codename,
  syslinuxVersion = '3:6.04-1',
}: MadeUpSuite): PackageContent[] {
  const file = (name: string): Buffer => noise(`${name} ${codename} ${syslinuxVersion}`, 3000);
  const modules = [...BIOS_MODULES, 'poweroff'].map((name): [string, Buffer] => [
    `usr/lib/syslinux/modules/bios/${name}.c32`,
    file(name),
  ]);
  const loaders = ['lpxelinux.0', 'pxelinux.0'].map((name): [string, Buffer] => [
    `usr/lib/PXELINUX/${name}`,
    file(name),
  ]);
  return [
    { name: 'pxelinux', version: syslinuxVersion, files: new Map(loaders) },
    { name: 'syslinux-common', version: syslinuxVersion, files: new Map(modules) },
  ];
}

function memtestPackage(version: string): PackageContent {
  return {
    name: 'memtest86+',
    version,
    arch: 'amd64',
    files: new Map([
      ['boot/memtest86+ia32.bin', biosKernel(`ia32 ${version}`)],
      ['boot/memtest86+ia32.efi', efiProgram('i386', `ia32 ${version}`)],
      ['boot/memtest86+x64.bin', biosKernel(`x64 ${version}`)],
      ['boot/memtest86+x64.efi', efiProgram('amd64', `x64 ${version}`)],
      ['usr/share/doc/memtest86+/copyright', Buffer.from('made up\n')],
    ]),
  };
}

/** Adds a package to the pool, and returns its entry in the list of packages. */
async function addPackage(
  tree: MirrorTree,
  content: PackageContent,
  component = 'main',
): Promise<string> {
  const deb = await buildDeb(content);
  const { name, version, arch = 'all' } = content;
  const filename = `pool/${component}/${name.charAt(0)}/${name}/${name}_${version.replace(/^\d+:/, '')}_${arch}.deb`;
  tree.set(filename, memoryFile(deb));
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${arch}`,
    'Maintainer: Nobody <nobody@localhost>',
    'Description: made up for tests',
    `Filename: ${filename}`,
    `Size: ${deb.length}`,
    `SHA256: ${sha256(deb)}`,
    '',
  ].join('\n');
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
