import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import { type LeaseTiming } from '../files/lease-timing.js';
import { type Evidence, evidenceFiles } from './evidence.js';
import {
  readCurrentId,
  readEvidence,
  readGeneration,
  readGenerations,
} from './generation-files.js';
import { type CheckOptions, type ImageStore, type RetainedGeneration } from './image-store.js';
import { IntactFiles } from './intact-files.js';
import { blobPath, type StoreLayout } from './layout.js';
import { type Generation, manifestFiles, type StoredFile } from './manifest.js';
import { type PruneOptions, type PruneReport } from './prune.js';
import { readRefresh, type RefreshRecord, writeRefresh } from './refresh-record.js';
import { type ServableGeneration, servableGeneration } from './servable-generation.js';
import { type StoreEventListener } from './store-event.js';
import { type StoreUpdate } from './store-update.js';
import { storedContent } from './stored-content.js';
import { type VerifiedFile } from './verified-file.js';

const NEVER = new AbortController().signal;

/** Store in a directory of a file system. */
export class DirectoryStore implements ImageStore {
  readonly readOnly: boolean;
  readonly #layout: StoreLayout;
  readonly #leaseTiming: LeaseTiming;
  readonly #intact: IntactFiles;
  /** Number of readers, by id of the generation. */
  readonly #readers = new Map<string, number>();

  constructor(
    layout: StoreLayout,
    readOnly: boolean,
    leaseTiming: LeaseTiming,
    onEvent: StoreEventListener,
  ) {
    this.#layout = layout;
    this.#intact = new IntactFiles(layout, !readOnly, onEvent);
    this.readOnly = readOnly;
    this.#leaseTiming = leaseTiming;
  }

  get directory(): string {
    return this.#layout.root;
  }

  current(): Promise<Generation | undefined> {
    return withIoErrors(this.directory, async () => {
      const id = await readCurrentId(this.#layout);
      return id === undefined ? undefined : readGeneration(this.#layout, id);
    });
  }

  generations(): Promise<Generation[]> {
    return withIoErrors(this.directory, () => readGenerations(this.#layout));
  }

  servable(): Promise<ServableGeneration | undefined> {
    return withIoErrors(this.directory, () => servableGeneration(this.#layout));
  }

  evidence(id: string): Promise<Evidence> {
    return withIoErrors(this.directory, () => readEvidence(this.#layout, id));
  }

  blobPath(sha256: string): string {
    checkSha256(sha256);
    return blobPath(this.#layout, sha256);
  }

  get damaged(): readonly StoredFile[] {
    return this.#intact.damaged;
  }

  async openVerified(file: StoredFile): Promise<VerifiedFile> {
    checkSha256(file.sha256);
    return this.#intact.open(file);
  }

  async check(
    generation: Generation,
    { isUrgent = false, signal = NEVER }: CheckOptions = {},
  ): Promise<readonly StoredFile[]> {
    const evidence = await this.evidence(generation.id).catch(ignoreUnreadable);
    const files = [
      ...manifestFiles(generation.manifest),
      ...(evidence === undefined ? [] : evidenceFiles(evidence)),
    ];
    const unique = new Map(files.map((file) => [file.sha256, file]));
    return this.#intact.check([...unique.values()], isUrgent ? 'urgent' : 'background', signal);
  }

  read(file: StoredFile): AsyncIterable<Uint8Array> {
    return storedContent(this.blobPath(file.sha256));
  }

  retain(generation: Generation): RetainedGeneration {
    const { id } = generation;
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let isReleased = false;
    const release = (): void => {
      if (isReleased) {
        return;
      }
      isReleased = true;
      const left = (this.#readers.get(id) ?? 1) - 1;
      if (left === 0) {
        this.#readers.delete(id);
      } else {
        this.#readers.set(id, left);
      }
    };
    return { generation, release, [Symbol.dispose]: release };
  }

  async rollback(id?: string, signal: AbortSignal = NEVER): Promise<Generation> {
    const update = await this.beginUpdate(signal);
    try {
      const { rollBack } = await import('./rollback.js');
      return await rollBack(this.#layout, id);
    } finally {
      await update.close();
    }
  }

  async forget(suite: Suite, signal: AbortSignal = NEVER): Promise<Date | undefined> {
    const update = await this.beginUpdate(signal);
    try {
      return await update.forget(suite);
    } finally {
      await update.close();
    }
  }

  refreshRecord(): Promise<RefreshRecord> {
    return withIoErrors(this.directory, () => readRefresh(this.#layout));
  }

  async recordRefresh(changes: RefreshRecord, signal: AbortSignal = NEVER): Promise<void> {
    const update = await this.beginUpdate(signal);
    try {
      await withIoErrors(this.#layout.refresh, () => writeRefresh(this.#layout, changes));
    } finally {
      await update.close();
    }
  }

  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    const update = await this.beginUpdate(options.signal);
    try {
      return await update.prune(options);
    } finally {
      await update.close();
    }
  }

  async beginUpdate(signal: AbortSignal = NEVER): Promise<StoreUpdate> {
    if (this.readOnly) {
      throw new NetbootError(
        'ERR_NETBOOT_STORE_READ_ONLY',
        `the store at ${this.directory} is opened read-only`,
        { hint: 'open it for writing' },
      );
    }
    const inUse = (): ReadonlySet<string> => new Set(this.#readers.keys());
    // Programs that only read a store do not need this module.
    const { StoreUpdate } = await import('./store-update.js');
    return StoreUpdate.begin(this.#layout, this.#intact, inUse, signal, this.#leaseTiming);
  }
}

/** Handles unreadable evidence: only the files of the manifest are then checked. */
function ignoreUnreadable(error: unknown): undefined {
  if (error instanceof NetbootError) {
    return undefined;
  }
  throw error;
}

function checkSha256(sha256: string): void {
  if (/^[0-9a-f]{64}$/.test(sha256)) {
    return;
  }
  throw new RangeError(`sha256 must be 64 lower-case hex digits, got ${JSON.stringify(sha256)}`);
}
