/**
 * The same menu as an iPXE script.
 *
 * @packageDocumentation
 */
export { type IpxeRenderCode, renderIpxe, type RenderIpxeOptions } from './render.js';
