import { readFile } from 'node:fs/promises';

import { type Command } from 'commander';

import { hasErrors } from '@pxe/debian-preseed';
import { readAll } from '@pxe/syslinux-menu/cli';

import {
  checkPreseed,
  formatPreseedFinding,
  type PreseedFinding,
} from '../../../installs/preseed-check.js';
import { counted } from '../../../log/counted.js';
import { CommandError, type Terminal, unreadableFile } from '../../terminal.js';
import { checkedHost } from './checked-host.js';

/** Options of `pxeboot preseed check`. */
export interface CheckOptions {
  readonly host?: string;
  readonly suite?: string;
  readonly json?: true;
  readonly strict?: true;
}

/**
 * Prints the problems in a preseed file, or in the preseed of a host.
 *
 * @throws {@link CommandError} when it has errors, or warnings with `--strict`
 */
export async function check(
  file: string | undefined,
  options: CheckOptions,
  command: Command,
  { env, print, printJson }: Terminal,
): Promise<void> {
  const { host, suite, json, strict } = options;
  if ((file === undefined) === (host === undefined)) {
    throw new CommandError('pass either a file or --host', undefined, { kind: 'usage' });
  }
  const name = file ?? `preseed of ${host ?? ''}`;
  const findings =
    file === undefined
      ? (await checkedHost(command, env, host ?? '')).findings
      : checkPreseed(await fileContent(file), { suite, kernelArgs: [] });
  const counts = countsOf(findings);
  const ok = !hasErrors(findings) && (strict !== true || counts.warning === 0);
  if (json === true) {
    printJson({ name, ok, findings });
  } else {
    for (const finding of findings) {
      print(formatPreseedFinding(finding, file === '-' ? 'standard input' : name));
    }
    const { error, warning, note } = counts;
    print(`${counted(error, 'error')}, ${counted(warning, 'warning')}, ${counted(note, 'note')}`);
  }
  if (!ok) {
    throw new CommandError(`${name} has ${counts.error > 0 ? 'errors' : 'warnings'}`);
  }
}

/** Reads a preseed file. Its text is not a template. */
async function fileContent(file: string): Promise<{ whole: string; warnings: [] }> {
  try {
    const whole =
      file === '-' ? (await readAll(process.stdin)).toString() : await readFile(file, 'utf8');
    return { whole, warnings: [] };
  } catch (error) {
    throw unreadableFile(file, error);
  }
}

function countsOf(findings: readonly PreseedFinding[]): Record<PreseedFinding['severity'], number> {
  const count = (severity: PreseedFinding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
}
