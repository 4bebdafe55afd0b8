import type { SyncEvent, SyncEventListener } from '@pxe/debian-netboot';

/** Tells what a sync does, a line for each step. */
export function describeProgress(print: (line: string) => void): SyncEventListener {
  let lastActivity = '';
  return (event) => {
    const line = lineFor(event);
    if (line === undefined || (event.type === 'sourceProgressed' && line === lastActivity)) return;
    if (event.type === 'sourceProgressed') lastActivity = line;
    print(line);
  };
}

function lineFor(event: SyncEvent): string | undefined {
  switch (event.type) {
    case 'sourceProgressed':
      return event.activity;
    case 'releaseVerified':
      return `${event.suite} ${event.version}: signature verified (${event.signers.length} keys), made ${event.date}`;
    case 'buildResolved':
      return `${event.suite} ${event.arch}: installer build ${event.build}, ${event.filesMissing} files to fetch`;
    case 'fileVerified':
      return `verified ${event.file} (${event.size} bytes)`;
    case 'targetCarriedOver': {
      const { suite, arch, variant } = event.target;
      return `${suite} ${arch} ${variant}: kept as it was: ${event.error.message}`;
    }
    case 'biosLoadersCarriedOver':
      return `PXELINUX: kept as it was: ${event.error.message}`;
    case 'biosLoadersMissing':
      return `the source has no PXELINUX (${event.suite}): machines with a BIOS cannot boot`;
    case 'generationHeld':
      return `nothing newer than what was rolled back: generation ${event.id} stays`;
    case 'generationCommitted':
      return `committed generation ${event.id}`;
    case 'fileStarted':
    case 'fileProgressed':
    case 'generationUnchanged':
      return undefined;
  }
}
