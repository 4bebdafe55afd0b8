/**
 * One typed boot-menu model: render it for syslinux, and read syslinux's own files into it. GRUB,
 * iPXE and the exact preview of the screen have separate entry points (`./grub`, `./ipxe`,
 * `./preview`).
 *
 * @packageDocumentation
 */
export {
  type Diagnostic,
  type Severity,
  type SourceSpan,
  formatDiagnostic,
  hasErrors,
} from './diagnostics/diagnostic.js';
export { type OptionPlace, setOption } from './edit/set-option.js';
export { MenuError, type MenuErrorCode } from './diagnostics/errors.js';
export { defineMenu } from './model/define-menu.js';
export {
  type BackEntry,
  type BootEntry,
  type ChainEntry,
  type EntryBase,
  type Interaction,
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
  type Dialect,
  type Loss,
  type NamedItem,
  type PathResolver,
  type PathRole,
  type RenderCode,
  type RenderContext,
  type RenderOptions,
  type Report,
} from './dialect/dialect.js';
export { render, type RenderResult, safeRender } from './dialect/render.js';
export { type CommonRenderOptions, type DialectName, DIALECTS } from './dialects/registry.js';
export { encodeText, type TextEncoding } from './text/encoding.js';
export { type NetworkName, parseNetworkName } from './model/paths.js';
export { unattendedBoot, type UnattendedBoot } from './model/unattended.js';
export {
  MAX_COMMAND_LINE_BYTES,
  MAX_FILE_NAME_BYTES,
  MAX_LINE_BYTES,
} from './syntax/language/limits.js';
export {
  type BootDirectives,
  type BootType,
  HIDDEN_MENU,
  type LoadedAction,
  type LoadedConfig,
  type LoadedEntry,
  type LoadedMenu,
  ROOT_MENU,
} from './syntax/language/loaded.js';
export {
  type ParsedSyslinux,
  parseSyslinux,
  type FileResolver,
  type ParseSyslinuxOptions,
  type SyslinuxParseCode,
} from './parse/parse.js';
export { type CoreSettings } from './syntax/read/core-settings.js';
export { type KeptLine, type LineKind } from './syntax/read/config-reader.js';
export { MAX_INCLUDE_DEPTH } from './syntax/read/includes.js';
export { type AppendedStrings } from './syntax/language/sysappend.js';
export {
  renderSyslinux,
  type RenderSyslinuxOptions,
  safeRenderSyslinux,
  syslinux,
  type SyslinuxUi,
} from './dialects/syslinux/index.js';
export { type StartFault, type StartPlan, type Unattended } from './syntax/start/start-plan.js';
export { type MenuProgram } from './syntax/language/command.js';
export { type MenuDiagnosticCode } from './validate/findings.js';
export { cleanMenu, type CleanedMenu } from './validate/clean-menu.js';
export { validateMenu } from './validate/validate-menu.js';
