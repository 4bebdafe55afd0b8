import { createHash } from 'node:crypto';

import { BIOS_LOADER_PACKAGES, readBiosLoaders } from '../archive/bios-loader-packages.js';
import { parseChecksumList } from '../archive/checksum-list.js';
import {
  findFirmwarePackages,
  firmwareComponent,
  firmwareInitrd,
} from '../archive/firmware-initrd.js';
import { checksumListPath, imageFolder, listedBuilds } from '../archive/installer-layout.js';
import { findMemtest, readMemtest } from '../archive/memtest-package.js';
import { findNetbootPackages, netbootPackageFile } from '../archive/netboot-package.js';
import { findPackages } from '../archive/package-index.js';
import { parseReleaseFile, type ReleaseFile, releaseVersion } from '../archive/release-file.js';
import { type Arch } from '../catalog/arch.js';
import { DAILY_MODULE_SUITE, type Suite } from '../catalog/suite.js';
import { expectValue, NetbootError } from '../errors.js';
import { readDebFiles } from '../formats/deb.js';
import {
  type EntryEvidence,
  type FirmwareEvidence,
  type IndexEvidence,
  type InstallerEvidence,
  type InstallerProof,
  type LoaderEvidence,
  type PackageEvidence,
  type TlsEvidence,
} from '../store/evidence.js';
import { type ImageStore } from '../store/image-store.js';
import { indexText } from '../store/index-text.js';
import {
  type BiosLoaders,
  type EfiLoaders,
  type GenerationManifest,
  type StoredEntry,
  type StoredFile,
} from '../store/manifest.js';
import { type Keyring } from '../trust/keyring.js';

/**
 * Verifies again, from the evidence in the store, the whole chain from the archive's signature to the files of a
 * generation.
 */
export class SignedChain {
  readonly #store: ImageStore;
  readonly #keyring: Keyring;
  readonly #now: number;
  /** Hashes of firmware initrds, by their packages; kept since unpacking the packages takes a long time. */
  readonly #firmware = new Map<string, Promise<string>>();

  constructor(store: ImageStore, keyring: Keyring, now: number) {
    this.#store = store;
    this.#keyring = keyring;
    this.#now = now;
  }

  /**
   * Checks that the archive's signature vouches for exactly the files of the images, by the proof
   * with which they were accepted.
   *
   * @throws {@link NetbootError} for the first broken link
   */
  async checkInstaller(manifest: GenerationManifest, evidence: InstallerEvidence): Promise<void> {
    const { suite, arch, build, inRelease, proof, modules } = evidence;
    const release = await this.#release(suite, inRelease);
    const hashes =
      proof.kind === 'package'
        ? await this.#packedHashes(release, evidence, proof)
        : await this.#listedHashes(release, evidence, proof);
    const vouching = proof.kind === 'package' ? proof.package.path : 'SHA256SUMS';
    for (const { path, file } of installerPaths(manifest, evidence)) {
      if (hashes.get(path) === file.sha256) {
        continue;
      }
      throw broken(`the ${vouching} of ${suite} ${arch} ${build} does not vouch for ${path}`);
    }
    checkLabels(manifest, evidence, release);
    if (modules === undefined) {
      return;
    }
    const isSame = modules.inRelease.sha256 === inRelease.sha256;
    const newest = isSame ? release : await this.#release(suite, modules.inRelease);
    expectListed(newest, modules.index);
  }

  /**
   * Checks that the list of a daily build names exactly the files of the images.
   *
   * @throws {@link NetbootError} for the first broken link
   */
  async checkDaily(manifest: GenerationManifest, evidence: TlsEvidence): Promise<void> {
    const { suite, arch, build, checksumList, modules } = evidence;
    const list = await this.#bytes(checksumList);
    const hashes = expectValue(parseChecksumList(list.toString('utf8')));
    for (const { path, file } of installerPaths(manifest, evidence)) {
      if (hashes.get(path) === file.sha256) {
        continue;
      }
      throw broken(`the SHA256SUMS of ${suite} ${arch} ${build} does not name ${path}`);
    }
    if (!build.endsWith(checksumList.sha256.slice(0, 8))) {
      throw broken(`${build} is not the build of the SHA256SUMS of ${suite} ${arch}`);
    }
    checkBuild(manifest, evidence, 'tls');
    if (modules === undefined) {
      return;
    }
    expectListed(await this.#release(DAILY_MODULE_SUITE, modules.inRelease), modules.index);
  }

  /**
   * Checks that the firmware of the images consists of packages in the signed index, by rebuilding it from
   * them.
   *
   * @throws {@link NetbootError} for the first broken link
   */
  async checkFirmware(
    manifest: GenerationManifest,
    { suite, arch }: Pick<InstallerEvidence, 'suite' | 'arch'>,
    evidence: FirmwareEvidence,
  ): Promise<void> {
    const targets = manifest.targets.filter(
      (target) => target.suite === suite && target.arch === arch,
    );
    const isDaily = targets.some(({ trust }) => trust === 'tls');
    const release = isDaily ? DAILY_MODULE_SUITE : suite;
    const { inRelease, packageIndex, packages } = evidence;
    expectListed(await this.#release(release, inRelease), packageIndex);
    const names = targets.flatMap(({ firmware }) => firmware?.packages ?? []);
    const listed = await findFirmwarePackages(
      indexText(this.#store.read(packageIndex.file), packageIndex),
      names.map(({ name }) => name),
      arch,
    );
    for (const { path, file } of packages) {
      const vouches = listed.some(
        ({ filename, sha256 }) => filename === path && sha256 === file.sha256,
      );
      if (!vouches) {
        throw broken(`the index of ${release} does not vouch for ${path}`);
      }
    }
    const sha256 = await this.#firmwareHash(packages, firmwareComponent(release));
    const expected = listed.map(({ name, version }) => `${name} ${version}`).join();
    for (const { variant, firmware } of targets) {
      if (firmware === undefined) {
        continue;
      }
      const subject = `${suite} ${arch} ${variant}`;
      if (firmware.file.sha256 !== sha256) {
        throw broken(`${subject}: the firmware differs from the files in its packages`);
      }
      const got = firmware.packages.map(({ name, version }) => `${name} ${version}`).join();
      if (got !== expected || listed.length !== packages.length) {
        throw broken(`${subject}: expected the firmware packages ${expected}, got ${got}`);
      }
    }
  }

  /**
   * Checks an extra entry: that its files are those of its evidence or, if they come from a package, that the
   * package is in the signed index.
   *
   * @throws {@link NetbootError} for the first broken link
   */
  async checkEntry(
    { id, package: name, files }: StoredEntry,
    evidence: EntryEvidence,
  ): Promise<void> {
    const served = files.map(({ role, file }) => `${role} ${file.sha256}`);
    if (evidence.kind === 'files') {
      const vouched = evidence.files.map(({ role, file }) => `${role} ${file.sha256}`);
      if (name !== undefined || served.toString() !== vouched.toString()) {
        throw broken(`the entry ${id} differs from its evidence`);
      }
      return;
    }
    const { suite, inRelease, packageIndex, package: one } = evidence;
    expectListed(await this.#release(suite, inRelease), packageIndex);
    const text = indexText(this.#store.read(packageIndex.file), packageIndex);
    const listed = await findMemtest(text);
    if (listed?.filename !== one.path || listed.sha256 !== one.file.sha256) {
      throw broken(`the index of ${suite} does not vouch for ${one.path}`);
    }
    const found: string[] = [];
    for await (const { role, content } of readMemtest(this.#store.read(one.file))) {
      found.push(`${role} ${await sha256Of(content)}`);
    }
    if (name !== evidence.name || served.sort().toString() !== found.sort().toString()) {
      throw broken(`the entry ${id} differs from the files in its package`);
    }
  }

  /**
   * Checks that the loaders come from packages in the signed index.
   *
   * @throws {@link NetbootError} for the first broken link
   */
  async checkBiosLoaders(loaders: BiosLoaders, evidence: LoaderEvidence): Promise<void> {
    const { suite, inRelease, packageIndex, packages } = evidence;
    expectListed(await this.#release(suite, inRelease), packageIndex);
    const text = indexText(this.#store.read(packageIndex.file), packageIndex);
    const listed = await findPackages(text, BIOS_LOADER_PACKAGES, (name) =>
      BIOS_LOADER_PACKAGES.includes(name),
    );
    if (loaders.suite !== suite) {
      throw broken(`the BIOS loaders do not come from ${loaders.suite}`);
    }
    const found = new Map<string, string>();
    for (const { path, file } of packages) {
      const entry = listed.find(
        (candidate) => candidate.filename === path && candidate.sha256 === file.sha256,
      );
      if (entry === undefined) {
        throw broken(`the index of ${suite} does not vouch for ${path}`);
      }
      if (entry.version !== loaders.version || loaders.packages[entry.name] !== entry.sha256) {
        throw broken(`${path} does not have version ${loaders.version}`);
      }
      for await (const { name, content } of readBiosLoaders(entry.name, this.#store.read(file))) {
        found.set(name, await sha256Of(content));
      }
    }
    for (const [name, file] of Object.entries(loaders.files)) {
      if (found.get(name) !== file.sha256) {
        throw broken(`${name} differs from the file in its package`);
      }
    }
  }

  /** Rebuilds the initrd from firmware packages, and returns its hash. */
  #firmwareHash(packages: readonly PackageEvidence[], component: string): Promise<string> {
    const key = JSON.stringify([component, packages]);
    const packed = packages.map(({ path, file }) => ({
      path,
      size: file.size,
      read: () => this.#store.read(file),
    }));
    const hash = this.#firmware.get(key) ?? sha256Of(firmwareInitrd(packed, component));
    this.#firmware.set(key, hash);
    return hash;
  }

  /** Returns hashes by path below `images/`, from the build's SHA256SUMS. */
  async #listedHashes(
    release: ReleaseFile,
    { suite, arch, build }: InstallerEvidence,
    { kind, checksumList }: Extract<InstallerProof, { checksumList: IndexEvidence }>,
  ): Promise<ReadonlyMap<string, string>> {
    expectListed(release, checksumList);
    const dated = release.files.get(checksumListPath(arch, build));
    if (dated?.sha256 !== checksumList.listed.sha256) {
      throw broken(`the InRelease of ${suite} does not list build ${build} for ${arch}`);
    }
    const directory = kind === 'current' ? kind : build;
    if (checksumList.path !== checksumListPath(arch, directory)) {
      throw broken(`${checksumList.path} is not the ${kind} list of ${suite} ${arch} ${build}`);
    }
    return expectValue(parseChecksumList(await this.#text(checksumList)));
  }

  /** Returns hashes by path below `images/` of the files in the build's package. */
  async #packedHashes(
    release: ReleaseFile,
    { suite, arch, build }: InstallerEvidence,
    { packageIndex, package: { path, file } }: Extract<InstallerProof, { kind: 'package' }>,
  ): Promise<ReadonlyMap<string, string>> {
    expectListed(release, packageIndex);
    const builds = listedBuilds(release, arch);
    if (builds.length > 0 && builds.every((listed) => listed.build !== build)) {
      throw broken(`the InRelease of ${suite} does not list build ${build} for ${arch}`);
    }
    const text = indexText(this.#store.read(packageIndex.file), packageIndex);
    const listed = (await findNetbootPackages(text, arch)).some(
      (candidate) =>
        candidate.filename === path &&
        candidate.sha256 === file.sha256 &&
        candidate.version === build,
    );
    if (!listed) {
      throw broken(`the index of ${suite} does not vouch for ${path}`);
    }
    const hashes = new Map<string, string>();
    for await (const entry of readDebFiles(this.#store.read(file))) {
      const name = netbootPackageFile(entry.path, arch);
      if (name !== undefined) {
        hashes.set(name, await sha256Of(entry.content));
      }
    }
    return hashes;
  }

  async #release(suite: Suite, inRelease: StoredFile): Promise<ReleaseFile> {
    const content = await this.#bytes(inRelease);
    const text = await this.#signedText(suite, content);
    const release = expectValue(parseReleaseFile(text));
    if (release.codename === suite) {
      return release;
    }
    throw new NetbootError(
      'ERR_NETBOOT_WRONG_SUITE',
      `the InRelease stored for ${suite} is that of ${release.codename}`,
    );
  }

  async #signedText(suite: Suite, content: Uint8Array): Promise<string> {
    try {
      const { verifyClearSigned } = await import('../trust/clear-signed.js');
      return (await verifyClearSigned(content, this.#keyring, this.#now, suite)).text;
    } catch (cause) {
      if (!(cause instanceof NetbootError) || cause.code !== 'ERR_NETBOOT_BAD_SIGNATURE') {
        throw cause;
      }
      const message = `the InRelease stored for ${suite} is not signed: ${cause.message}`;
      throw new NetbootError(cause.code, message, {
        hint: 'sync again: the files that it vouches for are dropped and fetched again',
        cause,
      });
    }
  }

  async #bytes(file: StoredFile): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#store.read(file)) {
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async #text(index: IndexEvidence): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of indexText(this.#store.read(index.file), index)) {
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  }
}

/** Yields the files of an installer with their paths below `images/`. */
function* installerPaths(
  { targets, efiLoaders }: GenerationManifest,
  { suite, arch }: Pick<InstallerEvidence, 'suite' | 'arch'>,
): Generator<{ readonly path: string; readonly file: StoredFile }> {
  const isSame = (other: { readonly suite: Suite; readonly arch: Arch }): boolean =>
    other.suite === suite && other.arch === arch;
  const own = targets.filter(isSame);
  for (const { variant, files } of own) {
    const folder = imageFolder({ arch, variant });
    for (const [name, file] of Object.entries(files)) {
      yield { path: `${folder}/${name}`, file };
    }
  }
  // Both variants have the same boot files; those of the first one were stored.
  const folder = imageFolder({ arch, variant: own[0]?.variant ?? 'text' });
  for (const { files } of efiLoaders.filter(isSame)) {
    for (const [name, file] of Object.entries(files)) {
      yield { path: `${folder}/${name}`, file };
    }
  }
}

/** Checks the labels of signed images in the manifest, which menus show. */
function checkLabels(
  manifest: GenerationManifest,
  evidence: InstallerEvidence,
  release: ReleaseFile,
): void {
  const { suite, arch, proof } = evidence;
  const isSame = (other: { readonly suite: Suite; readonly arch: Arch }): boolean =>
    other.suite === suite && other.arch === arch;
  const version = releaseVersion(suite, release);
  const date = release.date.toISOString();
  const by = proof.kind === 'package' ? 'package' : 'list';
  checkBuild(manifest, evidence, undefined);
  for (const target of manifest.targets.filter(isSame)) {
    const subject = `${suite} ${arch} ${target.variant}`;
    const expect = (label: string, got: string, expected: string): void => {
      if (got !== expected) {
        throw broken(`${subject}: expected ${label} ${expected}, got ${got}`);
      }
    };
    expect('version', target.version, version);
    expect('release date', target.releaseDate ?? date, date);
    expect('proof', target.proof ?? by, by);
  }
}

/** Checks that images and boot loaders have the build and trust of their evidence. */
function checkBuild(
  { targets, efiLoaders }: GenerationManifest,
  { suite, arch, build }: Pick<InstallerEvidence, 'suite' | 'arch' | 'build'>,
  trust: EfiLoaders['trust'],
): void {
  const isSame = (other: { readonly suite: Suite; readonly arch: Arch }): boolean =>
    other.suite === suite && other.arch === arch;
  for (const target of targets.filter(isSame)) {
    if (target.build === build) {
      continue;
    }
    const subject = `${suite} ${arch} ${target.variant}`;
    throw broken(`${subject}: expected build ${build}, got ${target.build}`);
  }
  for (const loaders of efiLoaders.filter(isSame)) {
    if (loaders.trust !== trust) {
      throw broken(`${suite} ${arch}: the boot loaders have the wrong trust`);
    }
    if (loaders.build === build) {
      continue;
    }
    throw broken(`${suite} ${arch}: expected boot loaders of ${build}, got ${loaders.build}`);
  }
}

function expectListed(release: ReleaseFile, { path, listed }: IndexEvidence): void {
  const entry = release.files.get(path);
  if (entry?.sha256 === listed.sha256 && entry.size === listed.size) {
    return;
  }
  throw broken(`the InRelease of ${release.codename} does not vouch for ${path}`);
}

async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of content) {
    hash.update(piece);
  }
  return hash.digest('hex');
}

function broken(what: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_HASH_MISMATCH', what, {
    hint: 'remove the store and sync again; someone has changed it',
  });
}
