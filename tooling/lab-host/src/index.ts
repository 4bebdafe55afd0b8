export { runCommand, tryCommand, type CommandOptions, type CommandResult } from './command.js';
export { LabHostError, type LabHostErrorCode } from './errors.js';
export { environmentWithoutSettings } from './environment.js';
export {
  connect,
  createNamespace,
  endPrograms,
  type CableEnd,
  type Namespace,
} from './namespace.js';
export { checkHost, isOnPath, type HostProgram } from './prerequisites.js';
