export { childOf } from './child-process.js';
export { runCommand, tryCommand, type CommandOptions, type CommandResult } from './command.js';
export { parseArguments, runMain } from './command-line.js';
export { debianMirror } from './debian-mirror.js';
export { bootMachine, installDebian, type Machine, type MachineOptions } from './debian-machine.js';
export { bootFromMachine, type MachineRecipe, readMachineRecipe } from './machine-boot.js';
export { documentedLines } from './documented-lines.js';
export { unpackPrograms, type UnpackedPrograms } from './debian-programs.js';
export { eventually } from './eventually.js';
export { LabError, type LabErrorCode } from './errors.js';
export { environmentWithoutSettings } from './environment.js';
export { Journal } from './journal.js';
export {
  connect,
  createNamespace,
  listNamespaces,
  openNamespace,
  type CableEnd,
  type Namespace,
} from './namespace.js';
export { checkHost, expectFile, isAccessible, type HostRequirement } from './prerequisites.js';
export { isRunning, ownIdentity, startTicksOf, type ProcessIdentity } from './process-identity.js';
export { startProgram, type Program, type ProgramExit, type ProgramOptions } from './program.js';
export { startQemu, type Qemu } from './qemu.js';
