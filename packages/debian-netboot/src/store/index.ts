/**
 * Image store: opens, reads and prunes generations of images, without the code that fetches images and checks
 * signatures.
 *
 * @packageDocumentation
 */
export * from '../catalog/index.js';
export type { AbiState } from '../image/abi.js';
export { BOOT_FORMATS, type BootFormat } from '../image/boot-format.js';
export { openStore } from './open-store.js';
export type { CheckOptions, ImageStore, RetainedGeneration, StoreOptions } from './image-store.js';
export type {
  KeepReason,
  KeptGeneration,
  PruneOptions,
  PruneReport,
  UnusedReport,
} from './prune.js';
export type { ServableGeneration } from './servable-generation.js';
export type { FileDamage, StoreEvent, StoreEventListener } from './store-event.js';
export type { VerifiedFile } from './verified-file.js';
export type { RefreshRecord } from './refresh-record.js';
export type { LeaseTiming } from '../files/lease-timing.js';
export type { CommitResult, StoreUpdate } from './store-update.js';
export type { BlobArrival, BlobContent, ExpectedBlob } from './blob-writer.js';
export type { FreshnessRecord, ReleaseDates } from './freshness-record.js';
export type {
  EntryEvidence,
  EntryFileEvidence,
  Evidence,
  FirmwareEvidence,
  IndexEvidence,
  InstallerEvidence,
  InstallerProof,
  LoaderEvidence,
  ModuleEvidence,
  PackageEvidence,
  ProofKind,
  TlsEvidence,
} from './evidence.js';
export {
  type BiosLoaders,
  type EfiLoaders,
  type FirmwarePackage,
  type Generation,
  type GenerationContent,
  type GenerationManifest,
  isSelected,
  manifestFiles,
  type StoredEntry,
  type StoredEntryFile,
  type StoredFile,
  type StoredFirmware,
  type StoredTarget,
} from './manifest.js';
