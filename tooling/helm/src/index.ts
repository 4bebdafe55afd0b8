export { findHelm, type HelmMajor } from './binary.js';
export { Helm, type HelmRun, type TemplateOptions } from './helm.js';
export { parseManifests, type Manifest } from './manifest.js';
