// Separate module, loaded on first use: undici takes memory and reserves a lot of address space. In the
// bundle, it is CommonJS, for which a dynamic import would return only the default export.
export { request } from 'undici';
