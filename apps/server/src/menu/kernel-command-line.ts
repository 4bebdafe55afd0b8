/** Arguments on either side of Debian's `---`. */
export interface KernelArgs {
  /** Arguments that only the installer's kernel gets. */
  readonly installer: string;
  /** Arguments that are kept for the installed system as well. */
  readonly installed: string;
}

/**
 * Splits the `kernelArgs` setting at its `---` (or `--`). Without one, all arguments are for the installer.
 */
export function parseKernelArgs(text: string): KernelArgs {
  const words = text.split(' ').filter((word) => word !== '');
  const mark = words.findIndex((word) => word === '---' || word === '--');
  return mark === -1
    ? { installer: words.join(' '), installed: '' }
    : { installer: words.slice(0, mark).join(' '), installed: words.slice(mark + 1).join(' ') };
}

/**
 * Returns the kernel command line of Debian's installer: the installer arguments of all parts, then `---`,
 * which the installer expects even if nothing follows it, then the arguments kept for the installed system.
 */
export function kernelCommandLine(...parts: readonly KernelArgs[]): string {
  const installer = parts.map((part) => part.installer);
  const installed = parts.map((part) => part.installed);
  return [...installer, '---', ...installed].filter((part) => part !== '').join(' ');
}

/** Serial console named by kernel arguments. */
export interface SerialArgument {
  /**
   * Number of the PC's serial port, starting at 0; undefined for ports of another kind, such as `ttyAMA0`.
   */
  readonly port: number | undefined;
  /** Rate in bits per second, if the argument states it. */
  readonly baud: number | undefined;
}

/**
 * Returns the serial console of the installer, which is the last `console=` of its arguments
 * (Documentation/admin-guide/serial-console.rst); undefined if that is not a serial port. The menu should be
 * shown on this console as well.
 */
export function serialConsole(kernelArgs: string): SerialArgument | undefined {
  const { installer } = parseKernelArgs(kernelArgs);
  const [, device, baud] =
    [...installer.matchAll(/(?:^| )console=([^ ,]+)(?:,(\d+))?/g)].at(-1) ?? [];
  if (device === undefined || !/^tty[A-Z]/.test(device)) {
    return undefined;
  }
  const port = /^ttyS([0-3])$/.exec(device)?.[1];
  return {
    port: port === undefined ? undefined : Number(port),
    baud: baud === undefined ? undefined : Number(baud),
  };
}
