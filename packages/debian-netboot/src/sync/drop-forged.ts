import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { type SyncEventListener } from '../events.js';
import { type Evidence, packagedEntries } from '../store/evidence.js';
import { type StoredFile } from '../store/manifest.js';
import { type StoreUpdate } from '../store/store-update.js';
import { type ReleasePolicy } from '../trust/release-trust.js';
import { readText } from './sync-context.js';

/**
 * Removes generations whose InRelease was accepted although the archive had not signed it: an earlier version
 * of this package accepted signatures that it should have refused. The images of such generations are not
 * carried over, and their Dates cannot make the genuine archive look out of date.
 *
 * Earlier signatures by a key that has expired or is no longer trusted remain valid.
 */
export async function dropForged(
  update: StoreUpdate,
  policy: ReleasePolicy,
  onEvent: SyncEventListener,
): Promise<void> {
  const forgeries = new Map<string, Promise<NetbootError | undefined>>();
  const dropped = new Map<string, NetbootError>();
  for (const { generation, evidence } of await update.vouchedFor()) {
    for (const { suite, inRelease } of signedFiles(evidence)) {
      const key = `${suite} ${inRelease.sha256}`;
      const forgery = forgeries.get(key) ?? findForgery(update, policy, suite, inRelease);
      forgeries.set(key, forgery);
      const error = await forgery;
      if (error !== undefined) {
        dropped.set(generation.id, error);
      }
    }
  }
  if (dropped.size === 0) {
    return;
  }
  await update.drop(new Set(dropped.keys()));
  for (const [id, error] of dropped) {
    onEvent({ type: 'generationDropped', id, error });
  }
}

interface SignedFile {
  readonly suite: Suite;
  readonly inRelease: StoredFile;
}

/** Returns every InRelease in a generation's evidence, with its suite. */
function signedFiles(evidence: Evidence): readonly SignedFile[] {
  const { installers, daily = [], biosLoaders } = evidence;
  return [
    ...installers,
    ...[...installers, ...daily].flatMap(({ suite, modules, firmware }) =>
      [modules, firmware].flatMap((newer) =>
        newer === undefined ? [] : [{ suite, inRelease: newer.inRelease }],
      ),
    ),
    ...(biosLoaders === undefined ? [] : [biosLoaders]),
    ...packagedEntries(evidence),
  ];
}

/**
 * Verifies a stored InRelease again.
 *
 * @returns the error if the archive has not signed it; `undefined` if it has, or if the file is damaged
 */
async function findForgery(
  update: StoreUpdate,
  { keyring, now }: ReleasePolicy,
  suite: Suite,
  inRelease: StoredFile,
): Promise<NetbootError | undefined> {
  if ((await update.find(inRelease.sha256)) === undefined) {
    return undefined;
  }
  try {
    const { verifyClearSigned } = await import('../trust/clear-signed.js');
    await verifyClearSigned(
      Buffer.from(await readText({ update }, inRelease)),
      keyring,
      now,
      suite,
    );
    return undefined;
  } catch (error) {
    if (error instanceof NetbootError) {
      return error.code === 'ERR_NETBOOT_BAD_SIGNATURE' ? error : undefined;
    }
    throw error;
  }
}
