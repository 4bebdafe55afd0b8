import { userInfo } from 'node:os';

import { type Command, Option } from 'commander';
import type * as z from 'zod';

import { MAX_PAGE } from '../../api/page-size.js';
import {
  type armedHost,
  type errorBody,
  type hostLog,
  type hostView,
  type pageOfHosts,
} from '../../api/schemas.js';
import { type ApiAnswer, askApi } from '../../control/control-client.js';
import { printable } from '../../log/printable.js';
import { withOwnCommand } from '../../own-command.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { agoText } from '../quantity.js';
import { CommandError, type Terminal } from '../terminal.js';

type HostView = z.output<typeof hostView>;

interface JsonOption {
  readonly json?: boolean;
}

/** Options of the command line that set the values of a host. */
interface ValueOptions {
  readonly mac?: string;
  readonly uuid?: string;
  readonly ip?: string;
  readonly subnet?: string;
  readonly boot?: string;
  readonly profile?: string;
  readonly suite?: string;
  readonly arch?: string;
  readonly title?: string;
  readonly hostKernelArgs?: string;
  readonly variable?: readonly string[];
}

interface SetOptions extends ValueOptions {
  readonly unset?: readonly string[];
}

interface InstallOptions {
  readonly profile?: string;
  readonly retry: string;
}

/** Defines the commands about hosts, which send requests to the running daemon. */
export function defineHosts(hosts: Command, { env, print, printJson, printError }: Terminal): void {
  addConfigFlags(
    hosts
      .command('list')
      .description('list the hosts and the results of their last installations')
      .option('--json', 'print JSON'),
    ['dataDir'],
  ).action(async ({ json = false }: JsonOption, command: Command) => {
    const list = await allHosts(command);
    if (json) {
      printJson({ hosts: list });
      return;
    }
    if (list.length === 0) {
      print(withOwnCommand('no hosts: add some to pxeboot.yaml, or with "pxeboot hosts add"', env));
    }
    const now = Date.now();
    const rows = list.map((host) => [
      host.name,
      matchText(host),
      host.boot,
      installText(host, now),
    ]);
    printTable(rows, print);
  });

  addConfigFlags(
    hosts
      .command('show')
      .argument('<name>', 'name of the host')
      .description('show a host and each step of its last installation')
      .option('--json', 'print JSON'),
    ['dataDir'],
  ).action(async (name: string, { json = false }: JsonOption, command: Command) => {
    const host = await ask<typeof hostView>(command, 'GET', pathOf(name));
    if (json) {
      printJson(host);
      return;
    }
    print(`${host.name}  ${matchText(host)}  boot ${host.boot}`);
    print(host.source === 'file' ? 'from pxeboot.yaml' : 'added at run time');
    const rows = (host.install?.steps ?? []).map(({ at, state, by, note = '' }) => [
      at,
      state,
      by,
      note,
    ]);
    printTable(rows, print);
    for (const { type, fingerprint } of host.install?.hostKeys ?? []) {
      print(`SSH host key ${type} ${fingerprint}`);
    }
  });

  addConfigFlags(
    hosts
      .command('log')
      .argument('<name>', 'name of the host')
      .description("show the last messages from a host's installer")
      .option('--json', 'print JSON'),
    ['dataDir'],
  ).action(async (name: string, { json = false }: JsonOption, command: Command) => {
    const log = await ask<typeof hostLog>(command, 'GET', `${pathOf(name)}/log`);
    if (json) {
      printJson(log);
      return;
    }
    if (log.forgotten > 0) {
      print(`earlier messages that are no longer kept: ${log.forgotten}`);
    }
    if (log.entries.length === 0) {
      print(`no installer log for ${name}`);
    }
    for (const { at, program, text } of log.entries) {
      print(printable(`${at} ${program}: ${text}`));
    }
  });

  addConfigFlags(
    withValues(
      hosts
        .command('add')
        .argument('<name>', 'name of the host')
        .description('add a host at run time, without changing pxeboot.yaml'),
    ),
    ['dataDir'],
  ).action(async (name: string, options: ValueOptions, command: Command) => {
    const { mac, uuid, ip, subnet } = options;
    const body = { name, match: { mac, uuid, ip, subnet }, ...valuesOf(options), by: userName() };
    const host = await ask<typeof hostView>(command, 'POST', '/hosts', body);
    print(`added ${host.name} (${matchText(host)})`);
  });

  addConfigFlags(
    withValues(
      hosts
        .command('set')
        .argument('<name>', 'name of a host added at run time')
        .description('change a host that was added at run time'),
    ).addOption(
      new Option('--unset <key...>', 'values to remove, so that the defaults apply').choices(
        UNSETTABLE,
      ),
    ),
    ['dataDir'],
  ).action(async (name: string, { unset = [], ...options }: SetOptions, command: Command) => {
    const { mac, uuid, ip, subnet } = options;
    const isMatchGiven = [mac, uuid, ip, subnet].some((value) => value !== undefined);
    const values = valuesOf(options);
    const set = Object.keys(values).filter((key) => values[key as keyof typeof values]);
    const both = unset.find((key) => set.includes(KEYS[key] ?? key));
    if (both !== undefined) {
      const message = `--unset ${both}: the command line also gives a new value`;
      throw new CommandError(message, 'leave one of the two out', { kind: 'usage' });
    }
    if (!isMatchGiven && set.length === 0 && unset.length === 0) {
      throw new CommandError('nothing to change', 'see "pxeboot hosts set --help"', {
        kind: 'usage',
      });
    }
    const body = {
      ...values,
      ...(isMatchGiven && { match: { mac, uuid, ip, subnet } }),
      ...Object.fromEntries(unset.map((key) => [KEYS[key] ?? key, null])),
      by: userName(),
    };
    const host = await ask<typeof hostView>(command, 'PATCH', pathOf(name), body);
    print(`changed ${host.name} (${matchText(host)}, boot ${host.boot})`);
  });

  addConfigFlags(
    hosts
      .command('remove')
      .argument('<name>', 'name of a host added at run time')
      .description('remove a host that was added at run time, and cancel its installation'),
    ['dataDir'],
  ).action(async (name: string, _options: object, command: Command) => {
    await ask(command, 'DELETE', `${pathOf(name)}?by=${encodeURIComponent(userName())}`);
    print(`removed ${name}`);
  });

  addConfigFlags(
    hosts
      .command('install')
      .argument('<name>', 'name of the host')
      .description('install the host at its next boot, once and without questions')
      .option('--profile <name>', 'profile to install from (default: that of the host)')
      .option(
        '--retry <number>',
        'number of further attempts if an installation does not finish',
        '0',
      ),
    ['dataDir'],
  ).action(async (name: string, { profile, retry }: InstallOptions, command: Command) => {
    const retries = Number(retry);
    if (!Number.isInteger(retries) || retries < 0 || retries > 10) {
      const message = `--retry: expected a whole number from 0 to 10, got ${retry}`;
      throw new CommandError(message, undefined, { kind: 'usage' });
    }
    const body = { profile, retries, by: userName() };
    const { host, passphrase, findings } = await ask<typeof armedHost>(
      command,
      'POST',
      `${pathOf(name)}/install`,
      body,
    );
    print(
      `${host.name} is armed: its next boot from the network within 24 hours erases and installs it`,
    );
    for (const finding of findings.filter(({ code }) => !UNREMARKABLE.has(code))) {
      printError(warningText(finding));
    }
    if (passphrase !== undefined) {
      print(`disk passphrase (shown only once): ${passphrase}`);
    }
  });

  addConfigFlags(
    hosts
      .command('cancel')
      .argument('<name>', 'name of the host')
      .description(
        'cancel the installation of a host, or clear the result of its last installation',
      ),
    ['dataDir'],
  ).action(async (name: string, _options: object, command: Command) => {
    const host = await ask<typeof hostView>(command, 'POST', `${pathOf(name)}/cancel`, {
      by: userName(),
    });
    print(`${host.name}: cancelled; it boots as configured (${host.boot})`);
  });

  async function allHosts(command: Command): Promise<readonly HostView[]> {
    const all: HostView[] = [];
    let next: string | undefined;
    do {
      const cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`;
      const path = `/hosts?limit=${MAX_PAGE}${cursor}`;
      const page: z.output<typeof pageOfHosts> = await ask<typeof pageOfHosts>(
        command,
        'GET',
        path,
      );
      all.push(...page.hosts);
      ({ next } = page);
    } while (next !== undefined);
    return all;
  }

  /**
   * Sends a request to the daemon, and returns the body of a successful response. The daemon has checked it
   * against the schema; loading the schema to check it again would take longer than the rest of a command.
   */
  async function ask<Schema extends z.ZodType>(
    command: Command,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<z.output<Schema>> {
    const config = await sectionsOf(command, env, ['dataDir']);
    let answer: ApiAnswer;
    try {
      answer = await askApi(config.dataDir, method, path, body);
    } catch (error) {
      throw new CommandError(
        `no daemon is running for ${config.dataDir}`,
        'start "pxeboot serve", or pass the data directory of the running daemon with --data-dir',
        { kind: 'notFound', cause: error },
      );
    }
    if (answer.status < 300) {
      return answer.body as z.output<Schema>;
    }
    const { error, hint } = answer.body as z.output<typeof errorBody>;
    throw new CommandError(error, hint, { kind: answer.status === 404 ? 'notFound' : 'failure' });
  }
}

/** Values of a host that `--unset` can remove, by the names of their options. */
const UNSETTABLE = ['profile', 'suite', 'arch', 'host-kernel-args', 'title'] as const;

/** API key of each option whose name differs from it. */
const KEYS: Readonly<Record<string, string>> = { 'host-kernel-args': 'kernelArgs' };

/** Adds the options that set the values of a host. */
function withValues(command: Command): Command {
  return command
    .option('--mac <address>', 'match by MAC address')
    .option('--uuid <uuid>', 'match by UUID')
    .option('--ip <address>', 'match by IP address')
    .option('--subnet <subnet>', 'match by subnet')
    .option(
      '--boot <what>',
      'what to boot: menu (the default for a new host), local, or the id of an entry',
    )
    .option('--profile <name>', 'profile to install from')
    .option('--suite <suite>', 'Debian release to offer')
    .option('--arch <arch>', 'architecture to offer')
    .option('--host-kernel-args <arguments>', 'kernel arguments, after those of all machines')
    .option('--title <text>', 'title of its boot menu')
    .option('--variable <name=value...>', 'values for the templates of its preseed');
}

/** Returns the values of a host under their API keys, except those that identify it. */
function valuesOf({
  boot,
  profile,
  suite,
  arch,
  hostKernelArgs,
  title,
  variable,
}: ValueOptions): Record<
  'boot' | 'profile' | 'suite' | 'arch' | 'kernelArgs' | 'title' | 'variables',
  unknown
> {
  return {
    boot,
    profile,
    suite,
    arch,
    kernelArgs: hostKernelArgs,
    title,
    variables: variablesOf(variable),
  };
}

/** Codes of findings that occur in every preseed with a login, or that are irrelevant here. */
const UNREMARKABLE: ReadonlySet<string> = new Set(['plain-password', 'question-not-known-here']);

/** Returns a finding in a preseed as one line, as in `warning: the installer will still ask "x"`. */
function warningText({
  code,
  message,
  fix,
  line,
}: z.output<typeof armedHost>['findings'][number]): string {
  const said = code === 'will-be-asked' ? message.replace(/ asks /, ' will still ask ') : message;
  const place = line === undefined ? '' : `line ${line} of the preseed: `;
  return `warning: ${place}${said}${fix === undefined ? '' : `; ${fix}`}`;
}

function pathOf(name: string): string {
  return `/hosts/${encodeURIComponent(name)}`;
}

function matchText({ match }: HostView): string {
  const [kind, value] = Object.entries(match)[0] ?? ['', ''];
  return `${kind} ${value}`;
}

function installText({ install }: HostView, now: number): string {
  const last = install?.steps.at(-1);
  return install === undefined || last === undefined
    ? ''
    : `${install.state} ${agoText(last.at, now)}`;
}

function variablesOf(pairs: readonly string[] | undefined): Record<string, string> | undefined {
  return (
    pairs &&
    Object.fromEntries(
      pairs.map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return [name, value.join('=')];
      }),
    )
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return `user ${process.getuid?.() ?? ''}`;
  }
}

function printTable(rows: readonly (readonly string[])[], print: (line: string) => void): void {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  for (const row of rows) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
