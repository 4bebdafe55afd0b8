/**
 * Renders a boot menu for syslinux, pxelinux, lpxelinux, isolinux and extlinux 6.
 *
 * @packageDocumentation
 */
export {
  renderSyslinux,
  type RenderSyslinuxOptions,
  safeRenderSyslinux,
  syslinux,
  type SyslinuxUi,
} from './render.js';
