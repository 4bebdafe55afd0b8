/**
 * Renders a boot menu as an iPXE script.
 *
 * @packageDocumentation
 */
export { MenuError, type MenuErrorCode } from '../../diagnostics/errors.js';
export { ipxePaths } from './paths.js';
export { ipxe, renderIpxe, type RenderIpxeOptions, safeRenderIpxe } from './render.js';
