// A module of its own, loaded on first use: undici takes memory, and reserves much address space.
export { request } from 'undici';
