import { readFile } from 'node:fs/promises';

import { type Command, Option } from 'commander';

import { hasErrors, maskPreseed, SUITES } from '@pxe/debian-preseed';
import { readAll } from '@pxe/syslinux-menu/cli';

import {
  type CheckedHost,
  checkHosts,
  checkPreseed,
  formatPreseedFinding,
  type PreseedFinding,
} from '../../installs/preseed-check.js';
import { preseedTemplates } from '../../installs/profiles.js';
import { configuredEntries } from '../../menu/check-menu.js';
import { addConfigFlags, configOf } from '../config-flags.js';
import { CommandError, type Terminal, unreadableFile } from '../terminal.js';

interface CheckOptions {
  readonly host?: string;
  readonly suite?: string;
  readonly json?: true;
  readonly strict?: true;
}

interface ShowOptions {
  readonly host: string;
  readonly json?: true;
}

/** Adds the commands that check and show preseeds. They do not need the daemon. */
export function definePreseed(preseed: Command, { env, print, printJson }: Terminal): void {
  addConfigFlags(
    preseed
      .command('check')
      .argument('[file]', 'a preseed file, or - for standard input')
      .description('list the problems in a preseed, and what the installer will still ask')
      .option('--host <name>', 'check the preseed of this host from pxeboot.yaml')
      .addOption(
        new Option(
          '--suite <suite>',
          'with a file: Debian release to install (default: trixie)',
        ).choices(SUITES),
      )
      .option('--json', 'print the report as JSON')
      .option('--strict', 'fail on warnings as well'),
    ['images'],
  ).action(async (file: string | undefined, options: CheckOptions, command: Command) => {
    const { host, suite, json, strict } = options;
    if ((file === undefined) === (host === undefined)) {
      throw new CommandError('pass either a file or --host', undefined, { kind: 'usage' });
    }
    const name = file ?? `preseed of ${host ?? ''}`;
    const findings =
      file === undefined
        ? (await checkedHost(command, host ?? '')).findings
        : checkPreseed(await fileContent(file), { suite, kernelArgs: [] });
    const counts = countsOf(findings);
    const ok = !hasErrors(findings) && (strict !== true || counts.warning === 0);
    if (json === true) {
      printJson({ name, ok, findings });
    } else {
      for (const finding of findings) {
        print(formatPreseedFinding(finding, file === '-' ? 'standard input' : name));
      }
      print(`${counts.error} errors, ${counts.warning} warnings, ${counts.note} notes`);
    }
    if (!ok) {
      throw new CommandError(`${name} has ${counts.error > 0 ? 'errors' : 'warnings'}`);
    }
  });

  addConfigFlags(
    preseed
      .command('show')
      .description('print the preseed of a host, without passwords or passphrases')
      .requiredOption('--host <name>', 'name of a host in pxeboot.yaml')
      .option('--json', 'print JSON'),
    ['images'],
  ).action(async ({ host, json }: ShowOptions, command: Command) => {
    const { rendered } = await checkedHost(command, host);
    const text = maskPreseed(rendered.whole);
    if (json === true) {
      printJson({ host, preseed: text });
    } else {
      print(text.replace(/\n$/, ''));
    }
  });

  async function checkedHost(command: Command, name: string): Promise<CheckedHost> {
    const { config } = await configOf(command, env);
    const host = (config.hosts ?? []).find(
      (item) => item.name.toLowerCase() === name.toLowerCase(),
    );
    if (host === undefined) {
      const hint =
        '"pxeboot hosts install" checks the preseeds of hosts that were added at run time';
      throw new CommandError(`pxeboot.yaml has no host named ${name}`, hint, { kind: 'notFound' });
    }
    const [checked] = checkHosts(
      { ...config, hosts: [host] },
      await preseedTemplates(config),
      configuredEntries(config),
    );
    if (checked === undefined) {
      throw new CommandError(`${host.name} has no profile`, 'set hosts[].profile', {
        kind: 'notFound',
      });
    }
    return checked;
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
