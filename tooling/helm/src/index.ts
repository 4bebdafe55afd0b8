export { findHelm, findKubectl } from './binary.js';
export { Helm, type HelmMajor, type HelmRun, type TemplateOptions } from './helm.js';
export { parseManifests, type Manifest } from './manifest.js';
