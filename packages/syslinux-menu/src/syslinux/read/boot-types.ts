import { type BootType } from '../loaded.js';

/** Every directive that says how a label boots, by its keyword (kernel_types of readconfig.c). */
export const bootTypes: readonly BootType[] = [
  'none',
  'localboot',
  'kernel',
  'linux',
  'boot',
  'bss',
  'pxe',
  'fdimage',
  'comboot',
  'com32',
  'config',
];
