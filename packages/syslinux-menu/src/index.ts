/**
 * One typed boot-menu model: render it for syslinux, read syslinux's own files into it. GRUB, iPXE
 * and the preview of the exact screen have entries of their own (`./grub`, `./ipxe`, `./preview`).
 *
 * @packageDocumentation
 */
export {
  type Diagnostic,
  type Severity,
  type SourceSpan,
  formatDiagnostic,
  hasErrors,
} from './diagnostic.js';
export { MenuError, type MenuErrorCode } from './errors.js';
export { defineMenu } from './model/define-menu.js';
export {
  type BackEntry,
  type BootEntry,
  type ChainEntry,
  type EntryBase,
  type LinuxEntry,
  type LocalBootEntry,
  type LocalBootMethod,
  type Menu,
  type MenuItem,
  type PoweroffEntry,
  type RebootEntry,
  type SelectableBase,
  type Separator,
  type SerialConsole,
  type Submenu,
  SYSTEM_INFO,
  type SyslinuxDirective,
  type SyslinuxEntry,
  type SystemInfo,
} from './model/menu.js';
export {
  COLOR_NAMES,
  type ColorName,
  type ElementColor,
  LAYOUT_PARAMETERS,
  type LayoutParameter,
  type MenuTheme,
  type Shadow,
} from './model/theme.js';
export { type Resolution } from './model/resolution.js';
export { MAX_SUBMENU_DEPTH, type VisitedItem, walkItems } from './model/walk.js';
export { pxelinuxConfigPaths, type PxelinuxClient } from './search-path.js';
export {
  expectRendered,
  type PathResolver,
  type PathRole,
  type RenderResult,
} from './render-result.js';
export { MAX_COMMAND_LINE_BYTES, MAX_FILE_NAME_BYTES, MAX_LINE_BYTES } from './syslinux/limits.js';
export {
  type BootDirectives,
  type BootType,
  HIDDEN_MENU,
  type LoadedAction,
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  ROOT_MENU,
} from './syslinux/loaded.js';
export {
  type ParsedSyslinux,
  parseSyslinux,
  type ParseSyslinuxOptions,
  type SyslinuxParseCode,
} from './syslinux/parse.js';
export { type CoreSettings } from './syslinux/read/core-settings.js';
export { type KeptLine, type LineKind } from './syslinux/read/config-reader.js';
export { type IncludeResolver, MAX_INCLUDE_DEPTH } from './syslinux/read/includes.js';
export { type AppendedStrings } from './syslinux/read/label-data.js';
export {
  renderSyslinux,
  type RenderSyslinuxOptions,
  type SyslinuxRenderCode,
  type SyslinuxUi,
} from './syslinux/render.js';
export { type MenuDiagnosticCode } from './validate/findings.js';
export { validateMenu } from './validate/validate-menu.js';
