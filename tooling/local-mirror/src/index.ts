export { aptArchive } from './apt-archive.js';
export { buildAr, buildDeb, buildTar, type DebContent } from './deb-file.js';
export { type Fault, type FaultRule } from './faults.js';
export { addMadeUpSuite, type MadeUpSuite } from './made-up-archive.js';
export { biosKernel, efiProgram, grubImage, kernelImage, noise } from './made-up-files.js';
export {
  contentOf,
  diskFile,
  memoryFile,
  sha256Of,
  type MirrorFile,
  type MirrorTree,
} from './mirror-tree.js';
export { type PrivateAptOptions } from './private-apt.js';
export { addIndex, publishSuite, releaseText, type ReleaseFields } from './release.js';
export {
  serveMirror,
  type RunningMirror,
  type SeenRequest,
  type ServeOptions,
} from './serve-mirror.js';
export { createSigningKey, type InReleaseKey, type SigningKey } from './signing-key.js';
export { tlsFront, type CertificateOptions, type TlsFront } from './tls-front.js';
