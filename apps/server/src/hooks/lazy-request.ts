// A module of its own, loaded on first use: undici takes memory, and reserves much address space. In the bundle it is
// CommonJS, of which a dynamic import would give only the default export.
export { request } from 'undici';
