import { type Arch, type Suite, SUITES } from '@pxe/debian-netboot/catalog';
import {
  earlyKernelArgs,
  type Finding,
  formatFinding,
  lintPreseed,
  SUITES as KNOWN_SUITES,
} from '@pxe/debian-preseed';

import { type HostSettings } from '../config/hosts.js';
import { INSTALLER_ID } from '../config/own-entries.js';
import { type ServerConfig } from '../config/schema.js';
import { SAMPLE_PASSPHRASE, SAMPLE_VALUES, variablesOf } from './host-values.js';
import { type PreseedTemplate, type RenderedPreseed } from './preseed.js';

/** Finding in the preseed of a machine. */
export interface PreseedFinding extends Omit<Finding, 'code'> {
  /** `profile` for a remark about the profile, which has no line. */
  readonly code: Finding['code'] | 'profile';
}

/** Kernel arguments that every unattended installation starts with. */
const AUTOMATED = 'auto=true priority=critical';

/** Host with its rendered preseed and the findings in it. */
export interface CheckedHost {
  readonly host: HostSettings;
  readonly rendered: RenderedPreseed;
  readonly findings: readonly PreseedFinding[];
}

/**
 * Checks the preseeds of all hosts of a configuration that have a profile.
 *
 * @param entries - ids of all entries of the menu
 */
export function checkHosts(
  { hosts = [], kernelArgs }: Pick<ServerConfig, 'hosts' | 'kernelArgs'>,
  templates: ReadonlyMap<string, PreseedTemplate>,
  entries: readonly string[],
): readonly CheckedHost[] {
  return hosts.flatMap((host) => {
    const template = templates.get(host.profile ?? '');
    if (template === undefined) {
      return [];
    }
    const values = { ...variablesOf(host, host.name), ...SAMPLE_VALUES };
    const rendered = template.render(values, SAMPLE_PASSPHRASE);
    const findings = checkPreseed(rendered, {
      suite: suiteToInstall(entries, host),
      kernelArgs: [kernelArgs, host.kernelArgs ?? ''],
    });
    return [{ host, rendered, findings }];
  });
}

/** Example values for a profile that no host uses. */
const SAMPLE_HOST = { ...SAMPLE_VALUES, name: 'host', hostname: 'host', domain: '' };

/**
 * Checks the preseeds of the profiles that no host uses, unless they need variables that only hosts can set.
 *
 * @param entries - ids of all entries of the menu
 */
export function checkUnusedProfiles(
  { hosts = [], kernelArgs }: Pick<ServerConfig, 'hosts' | 'kernelArgs'>,
  templates: ReadonlyMap<string, PreseedTemplate>,
  entries: readonly string[],
): readonly { readonly profile: string; readonly findings: readonly PreseedFinding[] }[] {
  const used = new Set(hosts.map(({ profile }) => profile));
  return [...templates].flatMap(([profile, template]) => {
    const isComplete = template.variables.every((name) => Object.hasOwn(SAMPLE_HOST, name));
    if (used.has(profile) || !isComplete) {
      return [];
    }
    const rendered = template.render(SAMPLE_HOST, SAMPLE_PASSPHRASE);
    const findings = checkPreseed(rendered, {
      suite: suiteToInstall(entries),
      kernelArgs: [kernelArgs],
    });
    return [{ profile, findings }];
  });
}

/**
 * Returns the suite that an unattended installation uses: that of the host, otherwise that of the first
 * automated entry for its architecture, preferably of the text installer, as in the menu.
 *
 * @param entries - ids of all entries of the menu
 */
export function suiteToInstall(
  entries: readonly string[],
  { suite, arch }: { readonly suite?: Suite | undefined; readonly arch?: Arch | undefined } = {},
): Suite | undefined {
  if (suite !== undefined) {
    return suite;
  }
  const automated = entries.filter(
    (id) =>
      INSTALLER_ID.test(id) &&
      id.endsWith('-auto') &&
      (arch === undefined || id.includes(`-${arch}-`)),
  );
  const id = automated.find((one) => one.endsWith('-text-auto')) ?? automated[0];
  return SUITES.find((one) => id?.startsWith(`${one}-`));
}

/** Settings of a machine with which its preseed is checked. */
export interface PreseedCheckOptions {
  /** Debian release to install. */
  readonly suite: string | undefined;
  /** Kernel arguments for all machines, and for the host. */
  readonly kernelArgs: readonly string[];
}

/**
 * Checks the preseed of a machine in the way that the installer reads it, together with its kernel command
 * line. Findings refer to lines of {@link RenderedPreseed.whole}.
 */
export function checkPreseed(
  { whole, warnings }: Pick<RenderedPreseed, 'whole' | 'warnings'>,
  { suite, kernelArgs }: PreseedCheckOptions,
): readonly PreseedFinding[] {
  const known = KNOWN_SUITES.find((one) => one === suite);
  return [
    ...warnings.map(({ severity, path, message, fix }) => ({
      severity,
      code: 'profile' as const,
      message: `${path}: ${message}`,
      ...(fix !== undefined && { fix }),
    })),
    ...lintPreseed(whole, {
      ...(known !== undefined && { suite: known }),
      kernelArgs: [AUTOMATED, earlyKernelArgs(whole), ...kernelArgs.map(ofInstaller)].join(' '),
    }),
  ];
}

/** Returns the arguments before `---`; those after it are meant for the installed system. */
function ofInstaller(kernelArgs: string): string {
  return kernelArgs.split(/(?:^| )---?(?: |$)/, 1)[0] ?? '';
}

/** Formats a finding as one line: `file:line:column: error: message; fix [code]`. */
export function formatPreseedFinding(finding: PreseedFinding, file: string): string {
  const { code, fix, ...rest } = finding;
  if (code !== 'profile') {
    return formatFinding({ ...finding, code }, file);
  }
  const { severity, message } = rest;
  return `${file}: ${severity}: ${message}${fix === undefined ? '' : `; ${fix}`} [profile]`;
}
