export { type Suite, SUITES, unpackInstallers } from './installers.js';
export { initrdTemplates } from './packages.js';
export { type FoundTemplate, makeRows } from './rows.js';
