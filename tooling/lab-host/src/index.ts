export { runCommand, tryCommand, type CommandOptions, type CommandResult } from './command.js';
export { LabHostError, type LabHostErrorCode } from './errors.js';
export { connect, createNamespace, type CableEnd, type Namespace } from './namespace.js';
export { checkHost, type HostProgram } from './prerequisites.js';
