import {
  earlyKernelArgs,
  type Finding,
  formatFinding,
  lintPreseed,
  SUITES,
} from '@pxe/debian-preseed';

import { type HostSettings } from '../config/hosts.js';
import { type ServerConfig } from '../config/schema.js';
import { SAMPLE_PASSPHRASE, SAMPLE_VALUES, variablesOf } from './host-values.js';
import { type PreseedTemplate, type RenderedPreseed } from './preseed.js';

/** Finding in the preseed of a machine. */
export interface PreseedFinding extends Omit<Finding, 'code'> {
  /** `profile` for a remark about the profile, which has no line. */
  readonly code: Finding['code'] | 'profile';
}

/** Arguments that every unattended installation starts with. */
const AUTOMATED = 'auto=true priority=critical';

/** Findings in the preseed of one host. */
export interface CheckedHost {
  readonly host: HostSettings;
  readonly rendered: RenderedPreseed;
  readonly findings: readonly PreseedFinding[];
}

/** Checks the preseeds of all hosts of a configuration that have a profile. */
export function checkHosts(
  { hosts = [], kernelArgs, images }: Pick<ServerConfig, 'hosts' | 'kernelArgs' | 'images'>,
  templates: ReadonlyMap<string, PreseedTemplate>,
): readonly CheckedHost[] {
  return hosts.flatMap((host) => {
    const template = templates.get(host.profile ?? '');
    if (template === undefined) {
      return [];
    }
    const values = { ...variablesOf(host, host.name), ...SAMPLE_VALUES };
    const rendered = template.render(values, SAMPLE_PASSPHRASE);
    const findings = checkPreseed(rendered, {
      suite: host.suite ?? images[0]?.suite,
      kernelArgs: [kernelArgs, host.kernelArgs ?? ''],
    });
    return [{ host, rendered, findings }];
  });
}

/** Example values for a profile that no host uses. */
const SAMPLE_HOST = { ...SAMPLE_VALUES, name: 'host', hostname: 'host', domain: '' };

/** Checks the preseeds of the profiles that no host has, unless they need variables that only hosts can set. */
export function checkUnusedProfiles(
  { hosts = [], kernelArgs, images }: Pick<ServerConfig, 'hosts' | 'kernelArgs' | 'images'>,
  templates: ReadonlyMap<string, PreseedTemplate>,
): readonly { readonly profile: string; readonly findings: readonly PreseedFinding[] }[] {
  const used = new Set(hosts.map(({ profile }) => profile));
  return [...templates].flatMap(([profile, template]) => {
    const isComplete = template.variables.every((name) => Object.hasOwn(SAMPLE_HOST, name));
    if (used.has(profile) || !isComplete) {
      return [];
    }
    const rendered = template.render(SAMPLE_HOST, SAMPLE_PASSPHRASE);
    const findings = checkPreseed(rendered, { suite: images[0]?.suite, kernelArgs: [kernelArgs] });
    return [{ profile, findings }];
  });
}

/** Settings of a machine that its preseed is checked with. */
export interface PreseedCheckOptions {
  /** Debian release to install. */
  readonly suite: string | undefined;
  /** Kernel arguments of all machines, and of the host. */
  readonly kernelArgs: readonly string[];
}

/**
 * Checks the preseed of a machine: as the installer reads it, together with its kernel command line. Places
 * are those of {@link RenderedPreseed.whole}.
 */
export function checkPreseed(
  { whole, warnings }: Pick<RenderedPreseed, 'whole' | 'warnings'>,
  { suite, kernelArgs }: PreseedCheckOptions,
): readonly PreseedFinding[] {
  const known = SUITES.find((one) => one === suite);
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

/** Returns the arguments before `---`; those after it are for the installed system. */
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
