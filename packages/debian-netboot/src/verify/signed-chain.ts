import { createHash } from 'node:crypto';
import { BIOS_LOADER_PACKAGES, readBiosLoaders } from '../archive/bios-loader-packages.js';
import { parseChecksumList } from '../archive/checksum-list.js';
import { checksumListPath, imageFolder } from '../archive/installer-layout.js';
import { findPackages } from '../archive/package-index.js';
import { parseReleaseFile, type ReleaseFile } from '../archive/release-file.js';
import { type Suite } from '../catalog/suite.js';
import { expectValue, NetbootError } from '../errors.js';
import {
  type IndexEvidence,
  type InstallerEvidence,
  type LoaderEvidence,
} from '../store/evidence.js';
import { type ImageStore } from '../store/image-store.js';
import { indexText } from '../store/index-text.js';
import { type BiosLoaders, type GenerationManifest, type StoredFile } from '../store/manifest.js';
import { verifyClearSigned } from '../trust/clear-signed.js';
import { type Keyring } from '../trust/keyring.js';

/**
 * Goes the whole way from the archive's signature to the files of a generation again, with what the
 * store has kept of it.
 */
export class SignedChain {
  readonly #store: ImageStore;
  readonly #keyring: Keyring;
  readonly #now: number;

  constructor(store: ImageStore, keyring: Keyring, now: number) {
    this.#store = store;
    this.#keyring = keyring;
    this.#now = now;
  }

  /**
   * Checks that the signed lists name the very files that the images consist of.
   *
   * @throws NetbootError for the first link that does not hold
   */
  async checkInstaller(manifest: GenerationManifest, evidence: InstallerEvidence): Promise<void> {
    const { suite, arch, build, inRelease, checksumList, moduleIndex } = evidence;
    const release = await this.#release(suite, inRelease);
    expectListed(release, checksumList);
    const dated = release.files.get(checksumListPath(arch, build));
    if (dated?.sha256 !== checksumList.listed.sha256) {
      throw broken(`the InRelease of ${suite} does not list build ${build} of ${arch}`);
    }
    if (moduleIndex !== undefined) expectListed(release, moduleIndex);
    const hashes = expectValue(parseChecksumList(await this.#text(checksumList)));
    const expect = (path: string, file: StoredFile): void => {
      if (hashes.get(path) === file.sha256) return;
      throw broken(`the SHA256SUMS of ${suite} ${arch} ${build} does not vouch for ${path}`);
    };
    const targets = manifest.targets.filter(
      (target) => target.suite === suite && target.arch === arch,
    );
    const loaders = manifest.efiLoaders.find(
      (other) => other.suite === suite && other.arch === arch,
    );
    for (const { variant, files } of targets) {
      const folder = imageFolder({ arch, variant });
      for (const [name, file] of Object.entries(files)) expect(`${folder}/${name}`, file);
      for (const [name, file] of Object.entries(loaders?.files ?? {})) {
        expect(`${folder}/${name}`, file);
      }
    }
  }

  /**
   * Checks that the loaders are those of packages that the signed index names.
   *
   * @throws NetbootError for the first link that does not hold
   */
  async checkBiosLoaders(loaders: BiosLoaders, evidence: LoaderEvidence): Promise<void> {
    const { suite, inRelease, packageIndex, packages } = evidence;
    expectListed(await this.#release(suite, inRelease), packageIndex);
    const text = indexText(this.#store.read(packageIndex.file), packageIndex);
    const listed = await findPackages(text, BIOS_LOADER_PACKAGES, (name) =>
      BIOS_LOADER_PACKAGES.includes(name),
    );
    const found = new Map<string, string>();
    for (const { path, file } of packages) {
      const entry = listed.find(
        (candidate) => candidate.filename === path && candidate.sha256 === file.sha256,
      );
      if (entry === undefined) throw broken(`the index of ${suite} does not vouch for ${path}`);
      for await (const { name, content } of readBiosLoaders(entry.name, this.#store.read(file))) {
        found.set(name, await sha256Of(content));
      }
    }
    for (const [name, file] of Object.entries(loaders.files)) {
      if (found.get(name) !== file.sha256) throw broken(`${name} is not the one of its package`);
    }
  }

  async #release(suite: Suite, inRelease: StoredFile): Promise<ReleaseFile> {
    const content = await this.#bytes(inRelease);
    const { text } = await verifyClearSigned(content, this.#keyring, this.#now);
    const release = expectValue(parseReleaseFile(text));
    if (release.codename === suite) return release;
    throw new NetbootError(
      'ERR_NETBOOT_WRONG_SUITE',
      `the InRelease kept for ${suite} is one of ${release.codename}`,
    );
  }

  async #bytes(file: StoredFile): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#store.read(file)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async #text(index: IndexEvidence): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of indexText(this.#store.read(index.file), index)) pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  }
}

function expectListed(release: ReleaseFile, { path, listed }: IndexEvidence): void {
  const entry = release.files.get(path);
  if (entry?.sha256 === listed.sha256 && entry.size === listed.size) return;
  throw broken(`the InRelease of ${release.codename} does not vouch for ${path}`);
}

async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
}

function broken(what: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_HASH_MISMATCH', what, {
    hint: 'someone has changed the store: remove it, and sync again',
  });
}
