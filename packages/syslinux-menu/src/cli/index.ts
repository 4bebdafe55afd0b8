/**
 * Commands of the `syslinux-menu` program, for reuse in other command-line programs. Requires Node.
 *
 * @packageDocumentation
 */
export {
  type CheckMenuOptions,
  checkMenuFile,
  type CheckReport,
  type ConvertedMenu,
  convertMenuFile,
  MenuFileError,
  parseMenuFile,
  type ShowMenuOptions,
  showMenuFile,
} from './commands.js';
export { describeMenu } from './describe.js';
export {
  type LoaderName,
  LOADERS,
  type MenuFileOptions,
  parseOptionsFor,
  readAll,
} from './menu-files.js';
export { type CommandStreams, runMenuCommand } from './run.js';
export { walkMenu, type WalkTerminal } from './walk.js';
