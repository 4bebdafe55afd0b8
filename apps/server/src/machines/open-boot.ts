import { type Arch } from '@pxe/debian-netboot/catalog';

import { type MachineIdentity } from '../access/machine-identity.js';
import { type HostKey } from '../hosts/install.js';
import { isOptionalFile } from '../log/events.js';
import {
  type Boot,
  type BootOutcome,
  type BootStage,
  MAX_INSTALLER_STEPS,
  type RefusedFile,
} from './boot.js';
import { diagnose } from './diagnosis/diagnose.js';
import { entryOf, type FileRole, type Firmware, STAGES } from './file-role.js';
import { type InstallerStep } from './installer-step.js';
import { isProven, type Sighting } from './sighting.js';

const MAX_REFUSED_FILES = 16;

/** Indexes of stages in {@link STAGES}. */
const MENU = STAGES.indexOf('menu');
const KERNEL = STAGES.indexOf('kernel');
const INITRD = STAGES.indexOf('initrd');
const PRESEED = STAGES.indexOf('preseed');

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Boot that still receives requests. It is changed in place; {@link OpenBoot.boot} applies the
 * rules once for any number of requests.
 */
export class OpenBoot {
  readonly id: number;
  readonly address: string;
  mac: string | undefined;
  uuid: string | undefined;
  firmware: Firmware | undefined;
  arch: Arch | undefined;
  startedAt: number;
  lastSeenAt: number;
  proven = false;
  machinesAtAddress = 1;
  /** Position of the boot among those that this daemon has seen begin; 0 for restored ones. */
  order = 0;
  /** True if the last request came from another daemon on the same database. */
  isForeign = false;
  /** True once the same machine has begun another boot at the same address. */
  isSuperseded = false;
  /** True if a request that cannot be forged has identified the machine. */
  isNameProven = false;
  /** Outcome in the last change that was reported; undefined before the first one. */
  reportedOutcome: BootOutcome | undefined;

  /** Stages that the boot has reached, by their index in {@link STAGES}. */
  readonly #stages: (BootStage | undefined)[] = STAGES.map(() => undefined);
  #progress = -1;
  #refused: RefusedFile[] = [];
  #installer: readonly InstallerStep[] = [];
  #hostKeys: readonly HostKey[] | undefined;
  #bootsDisk = false;
  #evaluated: Boot | undefined;
  #isStale = true;
  /** True from the moment when silence ends the boot until its next request. */
  #isQuiet = false;

  constructor(id: number, { address, at, durationMs }: Sighting) {
    this.id = id;
    this.address = address;
    this.startedAt = at - durationMs;
    this.lastSeenAt = at;
  }

  /** Returns an open boot that continues one from an earlier run. */
  static of(boot: Boot): OpenBoot {
    const { id, address, startedAt, lastSeenAt, stages, refused, outcome } = boot;
    const open = new OpenBoot(id, {
      address,
      at: lastSeenAt,
      durationMs: lastSeenAt - startedAt,
      transport: 'tftp',
      path: '',
      result: 'delivered',
    });
    open.mac = boot.mac;
    open.uuid = boot.uuid;
    open.isNameProven = !open.isNameless;
    open.firmware = boot.firmware;
    open.arch = boot.arch;
    open.proven = boot.proven;
    open.machinesAtAddress = boot.machinesAtAddress;
    open.reportedOutcome = outcome;
    for (const stage of stages) {
      open.#setStage(STAGES.indexOf(stage.name), stage);
    }
    open.#refused = [...refused];
    open.#installer = boot.installer ?? [];
    open.#hostKeys = boot.hostKeys;
    open.#bootsDisk = boot.bootsDisk === true;
    open.#evaluated = boot;
    open.#isStale = false;
    open.#isQuiet = outcome !== 'booting';
    return open;
  }

  /** Index of the last stage that the boot has reached; -1 before the first. */
  get progress(): number {
    return this.#progress;
  }

  /** Outcome according to all requests so far. */
  get outcome(): BootOutcome {
    return this.boot.outcome;
  }

  /** Boot with all requests so far. */
  get boot(): Boot {
    if (this.#isStale || this.#evaluated === undefined) {
      this.#evaluated = this.#evaluate();
      this.#isStale = false;
    }
    return this.#evaluated;
  }

  get isNameless(): boolean {
    return this.mac === undefined && this.uuid === undefined;
  }

  isNamed(identity: MachineIdentity | undefined): boolean {
    return (
      identity !== undefined &&
      ((this.mac !== undefined && this.mac === identity.mac) ||
        (this.uuid !== undefined && this.uuid === identity.uuid))
    );
  }

  /** Returns true if a file with this role can be part of the boot. */
  fits({ firmware }: FileRole): boolean {
    return (
      this.firmware === undefined ||
      firmware === undefined ||
      this.firmware === firmware ||
      // U-Boot requests PXELINUX's names before its own.
      (firmware === 'u-boot' && this.firmware === 'bios' && this.#progress < 0)
    );
  }

  /**
   * Adds a request. A request that may be forged does not replace the result of one that cannot be forged.
   *
   * @returns true if the request revealed a MAC address or UUID that the boot did not have
   */
  add(sighting: Sighting, role: FileRole | undefined): boolean {
    if (!isProven(sighting) && !isRefusal(sighting) && this.#hasProven(role)) {
      return false;
    }
    this.lastSeenAt = Math.max(this.lastSeenAt, sighting.at);
    this.proven ||= isProven(sighting);
    if (isRefusal(sighting)) {
      this.#refuse(sighting);
    } else if (role !== undefined) {
      this.firmware = role.firmware ?? this.firmware;
      // The loader reveals the architecture of the machine; a kernel only shows what the user chose.
      this.arch ??= role.arch;
      this.#fetch(sighting, role);
      this.#hostKeys = sighting.hostKeys ?? this.#hostKeys;
    }
    if (sighting.result === 'delivered' || sighting.result === 'interrupted') {
      this.#bootsDisk = sighting.bootsDisk ?? this.#bootsDisk;
    }
    this.#isQuiet = false;
    this.#isStale = true;
    return this.#name(sighting);
  }

  /** True if an installer may be running, since the machine has at least requested its kernel. */
  get mayInstall(): boolean {
    return this.#progress >= KERNEL;
  }

  /** Adds a step of the installer. A repetition of the last step is ignored; a failure of it replaces it. */
  addInstallerStep({ item, at, failed }: InstallerStep): void {
    const last = this.#installer.at(-1);
    if (last?.item === item && last.failed === failed) {
      return;
    }
    // An item that fails is the one that began most recently.
    const isItsFailure = failed === true && last?.item === item;
    const earlier = isItsFailure ? this.#installer.slice(0, -1) : this.#installer;
    const step = { item, at: isItsFailure ? last.at : at, ...(failed && { failed }) };
    this.#installer = [...earlier, step].slice(-MAX_INSTALLER_STEPS);
    this.lastSeenAt = Math.max(this.lastSeenAt, at);
    this.#isStale = true;
  }

  /**
   * Adds the figures of a transfer that was already reported as delivered.
   *
   * @returns false if this boot has no such transfer
   */
  complete({ path, at, durationMs, bytes, size, blksize, windowsize }: Sighting): boolean {
    const index = this.#stages.findIndex(
      (stage) => stage?.path === path && stage.result === 'delivered' && stage.bytes === undefined,
    );
    const stage = this.#stages[index];
    if (stage === undefined) {
      return false;
    }
    const requestedAt = at - durationMs;
    const startedAt = Math.min(stage.startedAt, requestedAt);
    this.#stages[index] = withFigures({ ...stage, startedAt }, bytes, size, blksize, windowsize);
    this.startedAt = Math.min(this.startedAt, requestedAt);
    // The figures of an ended boot do not reopen it.
    this.#isStale = true;
    return true;
  }

  /**
   * Adds what another daemon has stored of this boot.
   *
   * @returns true if that is more than this daemon has seen
   */
  merge(stored: Boot): boolean {
    let isMore = false;
    for (const stage of stored.stages) {
      const index = STAGES.indexOf(stage.name);
      const known = this.#stages[index];
      if (known === undefined || known.endedAt < stage.endedAt) {
        this.#setStage(index, stage);
        isMore = true;
      }
    }
    if (!isMore) {
      return false;
    }
    if (this.isNameless) {
      this.mac = stored.mac;
      this.uuid = stored.uuid;
      this.isNameProven = !this.isNameless;
    }
    this.firmware ??= stored.firmware;
    this.arch ??= stored.arch;
    this.proven ||= stored.proven;
    this.startedAt = Math.min(this.startedAt, stored.startedAt);
    this.lastSeenAt = Math.max(this.lastSeenAt, stored.lastSeenAt);
    this.#hostKeys ??= stored.hostKeys;
    this.#bootsDisk ||= stored.bootsDisk === true;
    this.#isStale = true;
    return true;
  }

  /** Returns true if a boot has all requests of this one. */
  isPartOf(boot: Boot): boolean {
    return (
      this.#reached().every(({ name, endedAt }) =>
        boot.stages.some((stage) => stage.name === name && stage.endedAt === endedAt),
      ) &&
      this.#refused.every(({ path, at }) =>
        boot.refused.some((file) => file.path === path && file.at === at),
      )
    );
  }

  /** Ends a boot whose machine has been silent for a minute. */
  fallSilent(): void {
    this.#isQuiet = true;
    this.#isStale = true;
  }

  /** Sets the number of machines at the address. */
  countMachines(count: number): void {
    if (count !== this.machinesAtAddress) {
      this.machinesAtAddress = count;
      this.#isStale = true;
    }
  }

  /**
   * Adopts the identifiers in a request. Those in a request that may be forged only fill in missing ones, and are
   * replaced if a request that cannot be forged has different ones.
   */
  #name(sighting: Sighting): boolean {
    const { identity } = sighting;
    if (identity === undefined) {
      return false;
    }
    const isProof = isProven(sighting);
    const isSame = this.isNameProven || this.isNamed(identity);
    const known: MachineIdentity = isProof && !isSame ? {} : namesOf(this);
    const { mac, uuid } = isProof ? { ...known, ...identity } : { ...identity, ...known };
    const isOther = mac !== this.mac || uuid !== this.uuid;
    this.mac = mac;
    this.uuid = uuid;
    this.isNameProven ||= isProof;
    return isOther;
  }

  /** Returns true if the file of this role was fetched in a way that cannot be forged. */
  #hasProven(role: FileRole | undefined): boolean {
    const stage = role && this.#stages[STAGES.indexOf(role.stage)];
    return stage !== undefined && isProven(stage);
  }

  #refuse({ path, transport, result, reason, at }: Sighting): void {
    // Firmware probes for some files that need not exist.
    if (result === 'notFound' && isOptionalFile(path)) {
      return;
    }
    const file: Mutable<RefusedFile> = { path, transport, result, at };
    if (reason !== undefined) {
      file.reason = reason;
    }
    // Copy the list, since boots returned earlier keep theirs.
    this.#refused = [...this.#refused, file].slice(-MAX_REFUSED_FILES);
  }

  #fetch(sighting: Sighting, { stage: name }: FileRole): void {
    const { at, durationMs, path, transport, bytes, size, result, blksize, windowsize } = sighting;
    const index = STAGES.indexOf(name);
    const known = this.#stages[index];
    const isSizeOnly = result === 'sizeOnly';
    // A request for the size after a fetch adds no information.
    if (known !== undefined && isSizeOnly && known.result !== 'sizeOnly') {
      return;
    }
    const stage: Mutable<BootStage> = {
      name,
      path,
      transport,
      startedAt: known?.startedAt ?? at - durationMs,
      endedAt: at,
      result,
      fetches: (known?.fetches ?? 0) + (isSizeOnly ? 0 : 1),
    };
    if (sighting.isStale === true) {
      stage.isStale = true;
    }
    this.#setStage(index, withFigures(stage, bytes, size, blksize, windowsize));
  }

  #setStage(index: number, stage: BootStage): void {
    this.#stages[index] = stage;
    this.#progress = Math.max(this.#progress, index);
  }

  #reached(): readonly BootStage[] {
    const reached: BootStage[] = [];
    for (const stage of this.#stages) {
      if (stage !== undefined) {
        reached.push(stage);
      }
    }
    return reached;
  }

  #evaluate(): Boot {
    const boot: Mutable<Boot> = {
      id: this.id,
      address: this.address,
      startedAt: this.startedAt,
      lastSeenAt: this.lastSeenAt,
      stages: this.#reached(),
      refused: this.#refused,
      machinesAtAddress: this.machinesAtAddress,
      proven: this.proven,
      outcome: 'booting',
    };
    if (this.mac !== undefined) {
      boot.mac = this.mac;
    }
    if (this.uuid !== undefined) {
      boot.uuid = this.uuid;
    }
    if (this.firmware !== undefined) {
      boot.firmware = this.firmware;
    }
    if (this.arch !== undefined) {
      boot.arch = this.arch;
    }
    if (this.#installer.length > 0) {
      boot.installer = this.#installer;
    }
    if (this.#hostKeys !== undefined) {
      boot.hostKeys = this.#hostKeys;
    }
    if (this.#bootsDisk) {
      boot.bootsDisk = true;
    }
    const diagnosis = diagnose({ ...boot, refused: this.#refusedSince(boot) }, this.#isQuiet);
    if (diagnosis !== undefined) {
      boot.diagnosis = diagnosis;
    }
    boot.outcome = this.#outcome(diagnosis !== undefined);
    return boot;
  }

  /**
   * Returns the refused files that count as reasons: those whose requests may be forged count only until it
   * is proven that the machine continued.
   */
  #refusedSince({ stages, refused }: Pick<Boot, 'stages' | 'refused'>): readonly RefusedFile[] {
    const provenAt = Math.max(-Infinity, ...stages.filter(isProven).map(({ endedAt }) => endedAt));
    return refused.filter((file) => isProven(file) || (file.at ?? Infinity) >= provenAt);
  }

  #outcome(isDiagnosed: boolean): BootOutcome {
    const isDelivered = (index: number): boolean => this.#stages[index]?.result === 'delivered';
    const isEntry = entryOf(this.#stages[KERNEL]?.path ?? '') !== undefined;
    // An extra entry need not have an initrd.
    const isLoaded = isDelivered(KERNEL) && (isDelivered(INITRD) || (isEntry && this.#isQuiet));
    if (isLoaded || this.#progress >= PRESEED) {
      return 'installer';
    }
    if (isDiagnosed) {
      return 'failed';
    }
    // A menu that only boots the disk is short: PXELINUX may start the disk before it has acknowledged it.
    if (this.#bootsDisk && this.#progress === MENU) {
      return 'local';
    }
    if (!this.#isQuiet) {
      return 'booting';
    }
    return isDelivered(MENU) && this.#progress === MENU ? 'menu' : 'failed';
  }
}

/** Returns true if the server did not serve the file. */
export function isRefusal({ result }: Sighting): boolean {
  return result === 'notFound' || result === 'refused' || result === 'denied';
}

function namesOf({ mac, uuid }: Pick<OpenBoot, 'mac' | 'uuid'>): MachineIdentity {
  return { ...(mac !== undefined && { mac }), ...(uuid !== undefined && { uuid }) };
}

function withFigures(
  stage: Mutable<BootStage>,
  bytes: number | undefined,
  size: number | undefined,
  blksize: number | undefined,
  windowsize: number | undefined,
): BootStage {
  if (bytes !== undefined) {
    stage.bytes = bytes;
  }
  if (size !== undefined) {
    stage.size = size;
  }
  if (blksize !== undefined) {
    stage.blksize = blksize;
  }
  if (windowsize !== undefined) {
    stage.windowsize = windowsize;
  }
  return stage;
}
