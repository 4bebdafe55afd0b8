/** Arguments on either side of Debian's `---`. */
export interface KernelArgs {
  /** For the installer's kernel only. */
  readonly installer: string;
  /** Kept for the installed system as well. */
  readonly installed: string;
}

/** Splits the `kernelArgs` setting at its `---`, if it has one. */
export function parseKernelArgs(text: string): KernelArgs {
  const words = text.split(' ').filter((word) => word !== '');
  const mark = words.findIndex((word) => word === '---' || word === '--');
  return mark === -1
    ? { installer: words.join(' '), installed: '' }
    : { installer: words.slice(0, mark).join(' '), installed: words.slice(mark + 1).join(' ') };
}

/** Debian's command line: each part in order, and always the `---` that its installer looks for. */
export function kernelCommandLine(...parts: readonly KernelArgs[]): string {
  const installer = parts.map((part) => part.installer);
  const installed = parts.map((part) => part.installed);
  return [...installer, '---', ...installed].filter((part) => part !== '').join(' ');
}
