import { type SyncEvent } from '@pxe/debian-netboot';

import { counted } from './counted.js';

/**
 * Returns the log message for an event of a sync; undefined for an event that only reports progress within a
 * step, or that nothing has changed.
 */
export function syncMessage(event: SyncEvent): string | undefined {
  switch (event.type) {
    case 'releaseVerified':
      return `${event.suite} ${event.version}: signature verified (${counted(event.signers.length, 'key')}), dated ${event.date}`;
    case 'buildResolved':
      return `${event.suite} ${event.arch}: installer build ${event.build}, ${counted(event.filesMissing, 'file')} to fetch${event.proof === 'tls' ? ' (unsigned, trusted only by TLS)' : ''}`;
    case 'releaseOlderThanSeen':
      return `${event.suite}: the InRelease of ${event.date} is older than one already seen, of ${event.seen}`;
    case 'suiteTriedElsewhere':
      return `${event.suite}: ${event.error.message}; trying ${event.to}`;
    case 'proofFailed':
      return `${event.suite} ${event.arch}: not proven by ${event.proof === 'list' ? 'SHA256SUMS' : 'its netboot package'}: ${event.error.message}`;
    case 'modulesMissing':
      return `${event.suite} ${event.arch}: kernel modules not checked: ${event.error.message}`;
    case 'modulesDoubtful':
      return modulesLine(event);
    case 'firmwareMissing':
      return `${event.suite} ${event.arch}: ${event.isKept ? 'its firmware was not refreshed' : 'it has no firmware'}: ${event.error.message}`;
    case 'firmwareUnknown':
      return `${event.suite} ${event.arch}: not among its firmware packages: ${event.packages.join(', ')}`;
    case 'entryMissing':
      return `entry ${event.id}: ${event.isKept ? 'kept unchanged' : 'missing'}: ${event.error.message}`;
    case 'targetCarriedOver': {
      const { suite, arch, variant } = event.target;
      return `${suite} ${arch} ${variant} was not refreshed: ${event.error.message}`;
    }
    case 'targetMissing': {
      const { suite, arch, variant } = event.target;
      return `${suite} ${arch} ${variant} is missing: ${event.error.message}`;
    }
    case 'sourceFellBack':
      return `${event.from} is unreachable (${event.error.message}); using ${event.to}`;
    case 'biosLoadersCarriedOver':
      return `the BIOS boot loaders were not refreshed: ${event.error.message}`;
    case 'biosLoadersMissing':
      return `${event.suite} has no PXELINUX: machines with a BIOS cannot boot, machines with UEFI can${event.error === undefined ? '' : `: ${event.error.message}`}`;
    case 'storePruned':
      return `${event.error.message}: removed ${counted(event.report.generations.length, 'old generation')} and freed ${event.report.bytes} bytes`;
    case 'leftoversRemoved':
      return `removed ${counted(event.files, 'file')} left by failed syncs, ${event.bytes} bytes`;
    case 'followUpFailed':
      return `the result is kept, but its last steps failed; the next sync repeats them: ${event.error.message}`;
    case 'generationDropped':
      return `removed generation ${event.id}, which the archive did not sign: ${event.error.message}`;
    case 'generationCommitted':
      return `committed generation ${event.id}`;
    case 'generationRejected':
      return `generation ${event.id} stays current, because the newest images were rolled back`;
    case 'sourceProgressed':
    case 'fileStarted':
    case 'fileProgressed':
    case 'fileVerified':
    case 'generationUnchanged':
      return undefined;
  }
}

const MODULE_STATES = {
  stale: 'the archive no longer has its modules: the installer would stop',
  last: 'the archive also has modules of a newer kernel: the next update may remove those of this one',
  unknown: 'cannot tell whether the archive still has its modules',
} as const;

function modulesLine({
  target: { suite, arch, variant },
  kernelVersion,
  abi,
}: Extract<SyncEvent, { type: 'modulesDoubtful' }>): string {
  return `${suite} ${arch} ${variant}: kernel ${kernelVersion}: ${MODULE_STATES[abi]}`;
}

/** Minimum time without progress that is reported, in milliseconds. */
const MIN_QUIET_MS = 5_000;

/**
 * Says how long a sync has made no progress, as in `12 s without progress`; returns undefined below 5
 * seconds.
 */
export function quietText(quietMs: number): string | undefined {
  return quietMs < MIN_QUIET_MS ? undefined : `${Math.floor(quietMs / 1000)} s without progress`;
}
