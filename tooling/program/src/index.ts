export { copyrightFile } from './licences.js';
export { makeProgram, type Program, type ProgramOptions } from './program.js';
