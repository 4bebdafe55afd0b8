import { type Arch } from '../catalog/arch.js';
import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { type Evidence } from '../store/evidence.js';
import { type GenerationManifest } from '../store/manifest.js';
import { type VerifyProblem } from './report.js';

interface SuiteAndArch {
  readonly suite: Suite;
  readonly arch: Arch;
}

/** Rules for accepting images without a signature. */
export interface AcceptedTrust {
  readonly unsigned: boolean;
  readonly tls: (part: SuiteAndArch) => boolean;
}

/**
 * Finds the parts of a manifest that no evidence covers. Every served file belongs to one of these parts, and
 * evidence that covers a part is checked for each of its files.
 *
 * @param accepts - rules for images that are declared unsigned, or trusted only by TLS
 */
export function* unvouched(
  { targets, efiLoaders, biosLoaders, entries = [] }: GenerationManifest,
  { installers, daily = [], biosLoaders: loaderEvidence, entries: vouched = [] }: Evidence,
  accepts: AcceptedTrust,
): Generator<VerifyProblem> {
  const isAmong = (vouching: readonly SuiteAndArch[], part: SuiteAndArch): boolean =>
    vouching.some((installer) => keyOf(installer) === keyOf(part));
  const isVouched = (part: SuiteAndArch): boolean => isAmong(installers, part);
  for (const target of targets) {
    const subject = `${keyOf(target)} ${target.variant}`;
    if (target.unsigned === true) {
      if (!accepts.unsigned) {
        yield unsigned(subject, 'the image is declared unsigned');
      }
    } else if (target.trust === 'tls') {
      if (!accepts.tls(target)) {
        yield unsigned(subject, 'the image is trusted only by TLS');
      } else if (!isAmong(daily, target)) {
        yield unsigned(subject, 'no list vouches for the image');
      }
    } else if (!isVouched(target)) {
      yield unsigned(subject, 'nothing vouches for the image');
    }
    const vouching = [...installers, ...daily].find((one) => keyOf(one) === keyOf(target));
    if (target.firmware !== undefined && vouching?.firmware === undefined) {
      yield unsigned(subject, 'nothing vouches for the firmware');
    }
  }
  for (const loaders of efiLoaders) {
    const own = targets.filter((target) => keyOf(target) === keyOf(loaders));
    // Problems with the image also affect its boot loaders, and have already been reported.
    if (isVouched(loaders) || own.length > 0) {
      continue;
    }
    yield unsigned(`${keyOf(loaders)} UEFI`, 'nothing vouches for the boot loaders');
  }
  if (biosLoaders !== undefined && loaderEvidence === undefined) {
    yield unsigned('PXELINUX', 'nothing vouches for the BIOS loaders');
  }
  for (const { id } of entries.filter((one) => vouched.every((other) => other.id !== one.id))) {
    yield unsigned(`entry ${id}`, 'nothing vouches for the extra entry');
  }
}

/** Finds duplicate entries, of which a reader would use an arbitrary one. */
export function* repeatedEntries(
  { targets, efiLoaders, entries = [] }: GenerationManifest,
  evidence: Evidence | undefined,
): Generator<VerifyProblem> {
  const subjects = [
    ...targets.map((target) => `${keyOf(target)} ${target.variant}`),
    ...efiLoaders.map((loaders) => `${keyOf(loaders)} UEFI`),
    ...entries.map(({ id }) => `entry ${id}`),
    ...(evidence?.entries ?? []).map(({ id }) => `evidence of the entry ${id}`),
    ...[...(evidence?.installers ?? []), ...(evidence?.daily ?? [])].map(
      (installer) => `evidence ${keyOf(installer)}`,
    ),
  ];
  const repeated = subjects.filter((subject, index) => subjects.indexOf(subject) !== index);
  for (const subject of new Set(repeated)) {
    const error = new NetbootError(
      'ERR_NETBOOT_STORE_DAMAGED',
      `${subject}: expected one entry, got more`,
      { hint: 'sync again' },
    );
    yield { subject, error };
  }
}

function keyOf({ suite, arch }: SuiteAndArch): string {
  return `${suite} ${arch}`;
}

function unsigned(subject: string, what: string): VerifyProblem {
  const error = new NetbootError('ERR_NETBOOT_UNSIGNED', what, { hint: 'sync again' });
  return { subject, error };
}
