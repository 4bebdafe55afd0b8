/**
 * Renders a boot menu for GRUB 2, which boots UEFI and BIOS machines.
 *
 * @packageDocumentation
 */
export { MenuError, type MenuErrorCode } from '../../diagnostics/errors.js';
export { grubPaths, type GrubServer } from './paths.js';
export { grub, renderGrub, type RenderGrubOptions, safeRenderGrub } from './render.js';
export { renderGrubTheme, type RenderGrubThemeOptions } from './theme.js';
