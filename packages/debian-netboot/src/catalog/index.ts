/**
 * Debian's suites, architectures and installer variants, and the errors of this package, without the code
 * that fetches and stores images. It loads in a few milliseconds.
 *
 * @packageDocumentation
 */
export {
  NetbootError,
  type NetbootErrorCode,
  type NetbootErrorOptions,
  type Result,
} from '../errors.js';
export { SUITES, parseSuite, isSuite, suiteFacts, type Suite, type SuiteFacts } from './suite.js';
export { ARCHES, parseArch, isArch, archFacts, type Arch, type ArchFacts } from './arch.js';
export {
  FIRMWARE_KINDS,
  type FirmwareKind,
  NETWORK_FIRMWARE,
  type NetworkFirmware,
  networkFirmware,
  parseFirmware,
} from './network-firmware.js';
export {
  checkEntries,
  ENTRY_PACKAGES,
  entryFiles,
  type EntryFileSource,
  type EntryPackage,
  type EntryRole,
  type EntrySelection,
  isEntryId,
  MAX_ENTRIES,
  MAX_ENTRY_FILE_BYTES,
  MAX_ENTRY_INITRDS,
  sourceFault,
} from './own-entries.js';
export { BIOS_LOADER_NAMES, type BiosLoaderName } from './bios-loaders.js';
export { VARIANTS, parseVariant, isVariant, type Variant } from './variant.js';
export {
  catalog,
  parseImageSelection,
  suiteArches,
  suiteVariants,
  type ImageSelection,
  type ImageTarget,
  type ImageTrust,
} from './selection.js';
export {
  installerEntries,
  type InstallerEntry,
  type InstallerEntryKind,
  type InstallerStyle,
  type InstallerTask,
} from './installer-entries.js';
