/**
 * Verified, fresh and atomic Debian installer images.
 *
 * @packageDocumentation
 */
export * from './store/index.js';
export {
  DEBIAN_ARCHIVE_KEYRING,
  joinKeyrings,
  parseKeyring,
  type Keyring,
} from './trust/keyring.js';
export { type TrustedKey } from './trust/trusted-key.js';
export { type BootFacts, bootFacts } from './image/boot-format.js';
export * from './source/index.js';
export {
  type MirrorFile,
  type MirrorFileRequest,
  type MirrorFiles,
  type MirrorFilesOptions,
} from './source/mirror/mirror-file.js';
export { openMirrorFiles } from './source/mirror/mirror-files.js';
export { type DailyBuildOptions } from './source/daily/daily-options.js';
export {
  syncImages,
  type SyncOptions,
  type SyncResult,
  type TrustOptions,
} from './sync/sync-images.js';
export { type MissingImage } from './sync/run-sync.js';
export { type SyncEvent, type SyncEventListener } from './events.js';
export { type LeftOutImage } from './bundle/bundle-contents.js';
export { exportBundle, type ExportedBundle, type ExportOptions } from './bundle/export-bundle.js';
export { importBundle, readBundleIndex, type ImportOptions } from './bundle/import-bundle.js';
export { type BundleIndex } from './bundle/bundle-format.js';
export { verifyStore, type VerifyOptions } from './verify/verify-store.js';
export { type GenerationReport, type ReportedEntry, type VerifyProblem } from './verify/report.js';
