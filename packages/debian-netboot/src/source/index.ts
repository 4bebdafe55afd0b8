/**
 * Sources of installer images, without the sync code, which verifies what they deliver. The code that fetches
 * files is loaded when a source is opened.
 *
 * @packageDocumentation
 */
export * from '../catalog/index.js';
export type {
  Delivery,
  ImageSource,
  IndexReceiver,
  InstallerBuild,
  InstallerFile,
  InstallerFileReceiver,
  RequestedSuite,
  SourceRequest,
  SourceSession,
  SuiteView,
} from './image-source.js';
export { directorySource } from './directory/directory-source.js';
export { fallbackSource } from './fallback-source.js';
export { mirrorSource } from './mirror/mirror-source.js';
export type { MirrorSourceOptions } from './mirror/mirror-options.js';
export { aptSource } from './apt/apt-source.js';
export type { AptSourceOptions } from './apt/apt-options.js';
export type { PackageFile } from '../archive/package-index.js';
export type { ListedFile } from '../archive/release-file.js';
export type { SyncEvent, SyncEventListener } from '../events.js';
export type { Keyring } from '../trust/keyring.js';
export type { TrustedKey } from '../trust/trusted-key.js';
