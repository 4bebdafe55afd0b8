/**
 * Commands of the `debian-preseed` program, for reuse in other command-line programs. Requires Node.
 *
 * @packageDocumentation
 */
export { type CommandStreams, runPreseedCommand } from './run.js';
