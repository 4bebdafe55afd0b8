import { describe, expect, it } from 'vitest';

import { kernelCommandLine, parseKernelArgs } from './kernel-command-line.js';

describe('kernelCommandLine', () => {
  const install = { installer: 'vga=788', installed: 'quiet' };

  it('puts extra arguments before the mark', () => {
    expect(kernelCommandLine(install, parseKernelArgs('console=ttyS0,115200'))).toBe(
      'vga=788 console=ttyS0,115200 --- quiet',
    );
  });

  it('keeps what follows a mark of its own for the installed system', () => {
    expect(kernelCommandLine(install, parseKernelArgs('  theme=dark --- console=ttyS0 '))).toBe(
      'vga=788 theme=dark --- quiet console=ttyS0',
    );
  });

  it('always writes the mark, as Debian does', () => {
    expect(
      kernelCommandLine({ installer: 'priority=low', installed: '' }, parseKernelArgs('')),
    ).toBe('priority=low ---');
  });
});
