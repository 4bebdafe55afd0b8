/**
 * Image store: opens, reads and prunes generations of images, without the code that fetches images and checks
 * signatures.
 *
 * @packageDocumentation
 */
export * from '../catalog/index.js';
export { type AbiState } from '../image/abi.js';
export { BOOT_FORMATS, type BootFormat } from '../image/boot-format.js';
export { openStore } from './open-store.js';
export {
  type CheckOptions,
  type ImageStore,
  type RetainedGeneration,
  type StoreOptions,
} from './image-store.js';
export {
  type KeepReason,
  type KeptGeneration,
  type PruneOptions,
  type PruneReport,
  type UnusedReport,
} from './prune.js';
export { type ServableGeneration } from './servable-generation.js';
export { type FileDamage, type StoreEvent, type StoreEventListener } from './store-event.js';
export { type VerifiedFile } from './verified-file.js';
export { type RefreshRecord } from './refresh-record.js';
export { type LeaseTiming } from '../files/lease.js';
export { type CommitResult, type StoreUpdate } from './store-update.js';
export { type BlobArrival, type BlobContent, type ExpectedBlob } from './blob-writer.js';
export { type FreshnessRecord, type ReleaseDates } from './freshness-record.js';
export {
  type EntryEvidence,
  type EntryFileEvidence,
  type Evidence,
  type FirmwareEvidence,
  type IndexEvidence,
  type InstallerEvidence,
  type InstallerProof,
  type LoaderEvidence,
  type ModuleEvidence,
  type PackageEvidence,
  type ProofKind,
  type TlsEvidence,
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
