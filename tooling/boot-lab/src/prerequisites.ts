import { access, constants } from 'node:fs/promises';

import { isOnPath } from '@pxe/lab-host';

import { LabError } from './errors.js';
import { type Scenario } from './scenario/scenario.js';

/** A required program or file, and the Debian package that provides it. */
interface Requirement {
  readonly what: string;
  readonly packages: readonly string[];
  readonly isThere: () => Promise<boolean>;
}

const NETWORK_PROGRAMS = [
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'dnsmasq', debianPackage: 'dnsmasq-base' },
  { program: 'tcpdump', debianPackage: 'tcpdump' },
] as const;

/**
 * Checks that this host can run these scenarios.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` naming everything that is missing, and the
 * command that installs it
 */
export async function checkPrerequisites(scenarios: readonly Scenario[]): Promise<void> {
  if (process.getuid?.() !== 0) {
    const message = 'the boot lab needs root, for network namespaces: run it with sudo';
    throw new LabError('ERR_LAB_PREREQUISITE', message);
  }
  const missing: Requirement[] = [];
  for (const requirement of requirementsOf(scenarios)) {
    if (!(await requirement.isThere())) {
      missing.push(requirement);
    }
  }
  if (missing.length === 0) {
    return;
  }
  const names = [...new Set(missing.map(({ what }) => what))].join(', ');
  const packages = [...new Set(missing.flatMap((requirement) => requirement.packages))].join(' ');
  throw new LabError(
    'ERR_LAB_PREREQUISITE',
    `missing: ${names}\ninstall with: apt-get install --no-install-recommends ${packages}`,
  );
}

/** @throws {@link LabError} `ERR_LAB_PREREQUISITE` with the fix, when the file is missing */
export async function expectFile(file: string, fix: string): Promise<void> {
  if (await isReadable(file)) {
    return;
  }
  throw new LabError('ERR_LAB_PREREQUISITE', `${file} is missing: ${fix}`);
}

function requirementsOf(scenarios: readonly Scenario[]): Requirement[] {
  const programs = NETWORK_PROGRAMS.map(({ program, debianPackage }) =>
    programRequirement(program, [debianPackage]),
  );
  const machines = scenarios.flatMap(({ firmware }) => {
    const { emulator, flash, uBoot, packages } = firmware;
    const files = [flash?.codeFile, flash?.variablesFile, uBoot?.programFile].filter(
      (file) => file !== undefined,
    );
    return [
      programRequirement(emulator, packages),
      ...files.map((file) => ({ what: file, packages, isThere: () => isReadable(file) })),
    ];
  });
  const disks = scenarios.some(({ disk }) => disk === 'uefi')
    ? [
        programRequirement('sfdisk', ['fdisk']),
        ...['mformat', 'mmd', 'mcopy'].map((program) => programRequirement(program, ['mtools'])),
      ]
    : [];
  return [...programs, ...machines, ...disks];
}

function programRequirement(program: string, packages: readonly string[]): Requirement {
  return { what: program, packages, isThere: () => isOnPath(program) };
}

/** Returns true if a file or directory exists and is readable. */
export async function isReadable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
