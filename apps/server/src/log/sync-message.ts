import { type SyncEvent } from '@pxe/debian-netboot';

/** The sentence for an event that ends a step; undefined for what happens on the way. */
export function syncMessage(event: SyncEvent): string | undefined {
  switch (event.type) {
    case 'releaseVerified':
      return `${event.suite} ${event.version}: signature verified (${counted(event.signers.length, 'key')}), made ${event.date}`;
    case 'buildResolved':
      return `${event.suite} ${event.arch}: installer build ${event.build}, ${counted(event.filesMissing, 'file')} to fetch${event.proof === 'tls' ? ' (not signed, trusted by TLS only)' : ''}`;
    case 'releaseOlderThanSeen':
      return `${event.suite}: InRelease of ${event.date} is older than the one of ${event.seen} seen before`;
    case 'suiteTriedElsewhere':
      return `${event.suite}: trying ${event.to}: ${event.error.message}`;
    case 'proofFailed':
      return `${event.suite} ${event.arch}: not by ${event.proof === 'list' ? 'SHA256SUMS' : 'its netboot package'}: ${event.error.message}`;
    case 'modulesMissing':
      return `${event.suite} ${event.arch}: kernel modules not checked: ${event.error.message}`;
    case 'modulesDoubtful':
      return modulesLine(event);
    case 'targetCarriedOver': {
      const { suite, arch, variant } = event.target;
      return `${suite} ${arch} ${variant}: kept as it was: ${event.error.message}`;
    }
    case 'targetMissing': {
      const { suite, arch, variant } = event.target;
      return `${suite} ${arch} ${variant}: missing: ${event.error.message}`;
    }
    case 'sourceFellBack':
      return `${event.from} cannot be reached, so ${event.to} is used: ${event.error.message}`;
    case 'biosLoadersCarriedOver':
      return `BIOS boot loaders: kept as they were: ${event.error.message}`;
    case 'biosLoadersMissing':
      return `${event.suite} has no PXELINUX here, machines with a BIOS cannot boot, those with UEFI can${event.error === undefined ? '' : `: ${event.error.message}`}`;
    case 'storePruned':
      return `${event.error.message}: removed ${event.report.generations.length} old generations, ${event.report.bytes} bytes freed`;
    case 'leftoversRemoved':
      return `removed ${event.files} files that failed syncs had left, ${event.bytes} bytes`;
    case 'generationDropped':
      return `removed generation ${event.id}, which the archive has not signed: ${event.error.message}`;
    case 'generationCommitted':
      return `committed generation ${event.id}`;
    case 'generationHeld':
      return `generation ${event.id} stays: what the source has was rolled back`;
    case 'sourceProgressed':
    case 'fileStarted':
    case 'fileProgressed':
    case 'fileVerified':
    case 'generationUnchanged':
      return undefined;
  }
}

const MODULE_STATES = {
  stale: 'the archive has no modules for it any more: the installer would stop',
  last: 'the archive has modules of a newer kernel too: the next update may remove those of this one',
  unknown: 'it is unknown whether the archive still has modules for it',
} as const;

function modulesLine({
  target: { suite, arch, variant },
  kernelVersion,
  abi,
}: Extract<SyncEvent, { type: 'modulesDoubtful' }>): string {
  return `${suite} ${arch} ${variant}: kernel ${kernelVersion}: ${MODULE_STATES[abi]}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
