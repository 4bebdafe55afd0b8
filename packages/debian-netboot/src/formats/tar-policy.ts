import { posix } from 'node:path';

import { NetbootError } from '../errors.js';
import { isPlainPath } from './plain-path.js';

/**
 * Maximum number of names in a path. Debian's deepest path has 13. Each name costs work for every entry, and
 * a directory when the archive is extracted.
 */
const MAX_DEPTH = 24;

/** Limits on the content of a tar archive. */
export interface TarLimits {
  readonly maxEntries: number;
  /** Maximum size of one file, in bytes. */
  readonly maxFileBytes: number;
  /** Maximum size of all files together, in bytes. */
  readonly maxTotalBytes: number;
}

/** Fields of a tar header that the policy checks. */
export interface TarHeader {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Target of a link; tar-stream returns `null` if it is empty. */
  readonly linkname: string | null;
}

/**
 * Decides which entries a tar archive may have. Installer images and Debian packages contain
 * regular files, directories and relative symlinks; an archive with anything else, or with a name or link
 * that leads out of it, is refused as a whole.
 */
export class TarPolicy {
  readonly #limits: TarLimits;
  readonly #onLink: ((path: string) => void) | undefined;
  readonly #files = new Set<string>();
  readonly #links = new Set<string>();
  /** Directories with their own entry, and parents of other entries. */
  readonly #directories = new Set<string>();
  #entries = 0;
  #bytes = 0;

  /** @param onLink - called with the path of each symlink, whose target is then not checked */
  constructor(limits: TarLimits, onLink?: (path: string) => void) {
    this.#limits = limits;
    this.#onLink = onLink;
  }

  /**
   * Checks an entry against the policy and the limits, and records it.
   *
   * @returns the path of a regular file; `undefined` for an entry without content
   * @throws {@link NetbootError} `ERR_NETBOOT_HOSTILE_ARCHIVE`
   */
  accept(header: TarHeader): string | undefined {
    this.#entries += 1;
    if (this.#entries > this.#limits.maxEntries) {
      throw hostile(`more than ${this.#limits.maxEntries} entries`);
    }
    const path = this.#checkedPath(header.name);
    switch (header.type) {
      case 'directory':
        if (this.#links.has(path) || this.#files.has(path)) {
          throw hostile(`two entries named ${path}`);
        }
        this.#directories.add(path);
        return undefined;
      case 'symlink':
        this.#acceptNew(path);
        if (this.#onLink === undefined) {
          this.#checkLink(path, header.linkname);
        }
        this.#links.add(path);
        this.#onLink?.(path);
        return undefined;
      case 'file':
        this.#acceptNew(path);
        this.#acceptSize(path, header.size);
        this.#files.add(path);
        return path;
      default:
        throw hostile(`an entry of type ${header.type}: ${JSON.stringify(header.name)}`);
    }
  }

  #checkedPath(name: string): string {
    const path = name.replace(/^\.\//, '').replace(/\/$/, '');
    const isRoot = path === '' || path === '.';
    if (!isRoot && !isPlainPath(path)) {
      throw hostile(`an entry with the unsafe name ${JSON.stringify(name)}`);
    }
    const depth = path.split('/').length;
    if (depth > MAX_DEPTH) {
      throw hostile(`a path of depth ${depth}, expected at most ${MAX_DEPTH}`);
    }
    for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
      if (this.#links.has(parent) || this.#files.has(parent)) {
        throw hostile(`an entry below ${parent}, which is not a directory: ${path}`);
      }
      this.#directories.add(parent);
    }
    return path;
  }

  #acceptNew(path: string): void {
    const isTaken = this.#files.has(path) || this.#links.has(path) || this.#directories.has(path);
    if (path === '' || isTaken) {
      throw hostile(`two entries named ${path}`);
    }
  }

  #acceptSize(path: string, size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.#limits.maxFileBytes) {
      throw hostile(`a file of ${size} bytes: ${path}`);
    }
    this.#bytes += size;
    if (this.#bytes > this.#limits.maxTotalBytes) {
      throw hostile(`more than ${this.#limits.maxTotalBytes} bytes`);
    }
  }

  #checkLink(path: string, linkname: string | null): void {
    const target = linkname ?? '';
    const resolved = posix.join(posix.dirname(path), target);
    const escapes = posix.isAbsolute(target) || resolved === '..' || resolved.startsWith('../');
    if (escapes || target === '' || /[^\x20-\x5b\x5d-\x7e]/.test(target)) {
      throw hostile(`the link ${path} to ${JSON.stringify(target)}`);
    }
  }
}

function hostile(what: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_HOSTILE_ARCHIVE', `refused an archive with ${what}`, {
    hint: 'use another source; no Debian archive contains this',
  });
}
