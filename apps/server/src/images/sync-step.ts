import type { SyncEvent } from '@pxe/debian-netboot';

/** The sentence for an event that ends a step; undefined for what happens on the way. */
export function stepLine(event: SyncEvent): string | undefined {
  switch (event.type) {
    case 'releaseVerified':
      return `${event.suite} ${event.version}: signature verified (${event.signers.length} keys), made ${event.date}`;
    case 'buildResolved':
      return `${event.suite} ${event.arch}: installer build ${event.build}, ${event.filesMissing} files to fetch`;
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
      return `${event.suite} has no PXELINUX here: machines with a BIOS cannot boot`;
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
