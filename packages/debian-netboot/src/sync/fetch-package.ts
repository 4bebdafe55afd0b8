import { type PackageFile } from '../archive/package-index.js';
import { type StoredFile } from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { receiveFile, type SyncContext } from './sync-context.js';

/** Fetches a package from a signed index into the store, resuming an earlier download. */
export async function fetchPackage(
  context: SyncContext,
  { suite, view }: AcceptedRelease,
  listed: PackageFile,
): Promise<StoredFile> {
  const { sha256, size } = listed;
  const stored = await context.update.find(sha256);
  if (stored !== undefined) {
    return stored;
  }
  const label = `${suite} ${listed.filename}`;
  const received = await context.update.partialLength(sha256);
  return view.package(listed, received, (delivery) =>
    receiveFile(context, delivery, { label, sha256, size, maxSize: size }),
  );
}
