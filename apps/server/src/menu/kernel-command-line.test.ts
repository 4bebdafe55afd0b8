import { describe, expect, it } from 'vitest';

import { kernelCommandLine, parseKernelArgs, serialConsole } from './kernel-command-line.js';

describe('kernelCommandLine', () => {
  const install = { installer: 'vga=788', installed: 'quiet' };

  it('puts extra arguments before the separator', () => {
    expect(kernelCommandLine(install, parseKernelArgs('console=ttyS0,115200'))).toBe(
      'vga=788 console=ttyS0,115200 --- quiet',
    );
  });

  it('keeps arguments after their own separator for the installed system', () => {
    expect(kernelCommandLine(install, parseKernelArgs('  theme=dark --- console=ttyS0 '))).toBe(
      'vga=788 theme=dark --- quiet console=ttyS0',
    );
  });

  it('always writes the separator, as Debian does', () => {
    expect(
      kernelCommandLine({ installer: 'priority=low', installed: '' }, parseKernelArgs('')),
    ).toBe('priority=low ---');
  });
});

describe('serialConsole', () => {
  it.each([
    ['console=ttyS0,115200', { port: 0, baud: 115200 }],
    ['quiet console=tty0 console=ttyS1,9600n8', { port: 1, baud: 9600 }],
    ['console=ttyS0', { port: 0, baud: undefined }],
    ['console=ttyAMA0,115200', { port: undefined, baud: 115200 }],
    ['console=ttyS12', { port: undefined, baud: undefined }],
  ])('is the console of %s', (kernelArgs, serial) => {
    expect(serialConsole(kernelArgs)).toEqual(serial);
  });

  it.each(['', 'console=tty0', 'console=ttyS0 console=tty1', 'quiet --- console=ttyS0'])(
    'is undefined for %j',
    (kernelArgs) => {
      expect(serialConsole(kernelArgs)).toBeUndefined();
    },
  );
});
