import { createHash } from 'node:crypto';

import { type SecretPath } from '../access/install-path.js';
import { type MachineIdentity } from '../access/machine-identity.js';
import { sourceGroup } from '../access/source-group.js';
import { type HostKey, type Install } from '../hosts/install.js';
import { type InstallStage } from '../machines/file-role.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import { hostKeysOf } from './host-keys.js';
import { type HostPreseeds } from './host-preseeds.js';
import { type InstallContext, type NamedInstall } from './install-context.js';
import { type InstallStore } from './install-store.js';
import { FIRST_USE_MS, isSigned, issueToken, readToken, type TokenClaim } from './install-token.js';
import { earlyScript, lateScript, type RenderedPreseed, withScripts } from './preseed.js';
import { WrongGuesses } from './wrong-guesses.js';

/** Time for which the token of the scripts is valid, in milliseconds. */
const SCRIPTS_MS = 24 * 60 * 60 * 1000;
/**
 * Key with which a token is checked if there is no installation, so that the answer takes the same time.
 */
const NO_KEY = '00'.repeat(32);
/** Well-formed token without a valid signature. */
const EMPTY_TOKEN = 'A'.repeat(43);

/** Request from a machine about its installation. */
export interface InstallRequest extends SecretPath {
  readonly method: string;
  readonly address: string;
  /** Scheme, host and port at which the machine reaches boot HTTP. */
  readonly origin: string;
  /** Query of the URL, without the question mark; empty if it has none. */
  readonly query?: string;
}

/** Sign of life of an installer. */
export interface InstallReport {
  readonly stage: InstallStage;
  /** Address that the machine booted from; the installer may have a different one. */
  readonly address: string;
  /** Identifiers that the host matches. */
  readonly identity: MachineIdentity | undefined;
  /** Size of the response, in bytes. */
  readonly bytes: number;
  /** SSH host keys of the installed system. */
  readonly hostKeys?: readonly HostKey[];
}

export interface InstallAnswersOptions extends InstallContext {
  readonly hosts: HostIndex;
  readonly store: InstallStore;
  readonly preseeds: HostPreseeds;
  /** Called when an installer has fetched its preseed or a script, or has reported that it has finished. */
  readonly onReport?: ((report: InstallReport) => void) | undefined;
  /** Called when the database fails. */
  readonly onUnavailable: (error: unknown) => void;
}

/** Installation named by a valid token, with its preseed. */
interface Admitted extends NamedInstall {
  /** Time since the token was made, in milliseconds. */
  readonly ageMs: number;
  readonly rendered: RenderedPreseed;
}

/**
 * Returns the function that answers requests with a token. The function returns undefined if it refuses the
 * request, and rejects with a {@link HostError} `unavailable` if it cannot use the database.
 */
export function createInstallAnswers({
  settings,
  logger,
  admitsLine,
  now,
  hosts,
  store,
  preseeds,
  onReport,
  onUnavailable,
}: InstallAnswersOptions): (request: InstallRequest) => Promise<string | undefined> {
  const wrongTokens = new WrongGuesses();

  return async (request) => {
    const admitted = await admit(request);
    if (admitted === undefined) {
      return undefined;
    }
    return request.use === 'p' ? preseedFor(request, admitted) : scriptFor(request, admitted);
  };

  async function admit(request: InstallRequest): Promise<Admitted | undefined> {
    const { use, token, method, address, origin } = request;
    if (method !== 'GET') {
      return undefined;
    }
    const claim = readToken(token, now());
    if (claim !== undefined) {
      store.assertOpen();
    }
    const source = sourceGroup(address);
    const found = claim === undefined ? undefined : await installOf(claim, source);
    const isValid = isSigned(
      use,
      claim === undefined ? EMPTY_TOKEN : token,
      found?.install.key ?? NO_KEY,
    );
    if (claim === undefined || found === undefined || !isValid) {
      wrongTokens.add(source, now());
      return undefined;
    }
    const template = settings().templates.get(found.install.profile);
    const rendered = template && preseeds.render(template, found.install, address, origin);
    return rendered && { ...found, rendered, ageMs: now() - claim.issuedAt };
  }

  /**
   * Finds the installation of a token. A source that guesses tokens is not blocked altogether, since a
   * machine that is being installed may share it (an IPv6 /64, or NAT); only the database is no longer
   * searched on its behalf.
   */
  async function installOf({ id }: TokenClaim, source: string): Promise<NamedInstall | undefined> {
    return wrongTokens.isBlocked(source, now()) ? store.find(id) : stored(store.search(id));
  }

  /** Waits for the database. */
  async function stored<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      onUnavailable(error);
      throw new HostError('unavailable', 'the database is unavailable, so try again later');
    }
  }

  async function preseedFor(
    { token, name, address, origin }: InstallRequest,
    admitted: Admitted,
  ): Promise<string | undefined> {
    const { install, rendered, ageMs } = admitted;
    const digest = createHash('sha256').update(token).digest('hex');
    const isRepeat = install.preseed?.token === digest;
    if (name !== 'preseed.cfg' || (!isRepeat && ageMs > FIRST_USE_MS)) {
      return undefined;
    }
    const { install: started, reason } = await stored(
      store.apply(admitted.name, { type: 'preseed', token: digest, address }, install),
    );
    if (started === undefined) {
      if (admitsLine('install.preseed-refused', address, 'address')) {
        logger.warn(
          { event: 'install.preseed-refused', host: install.host, client: address, reason },
          `${install.host}: refused to send the preseed to ${address}: ${reason}`,
        );
      }
      return undefined;
    }
    const preseed = withScripts(rendered, {
      url: `${origin}/i/${issueToken('i', install, now())}`,
    });
    return reported('preseed', started, address, preseed);
  }

  async function scriptFor(
    { token, name, address, origin, query = '' }: InstallRequest,
    admitted: Admitted,
  ): Promise<string | undefined> {
    const { install, rendered, ageMs } = admitted;
    if (ageMs > SCRIPTS_MS || !['early', 'late', 'done'].includes(name)) {
      return undefined;
    }
    const hostKeys = name === 'done' ? hostKeysOf(query) : [];
    const event =
      name === 'done'
        ? ({ type: 'done', address, hostKeys } as const)
        : ({ type: 'seen', address } as const);
    const { install: seen } = await stored(store.apply(admitted.name, event, install));
    if (seen === undefined) {
      return undefined;
    }
    if (name === 'done') {
      return reported('installed', seen, address, 'ok\n', hostKeys);
    }
    return name === 'early'
      ? reported('early', seen, address, earlyScript(rendered))
      : reported('late', seen, address, lateScript(rendered, { url: `${origin}/i/${token}` }));
  }

  /** Reports a sign of life of an installer; returns the answer to its request. */
  function reported(
    stage: InstallStage,
    { host, bootAddress }: Install,
    address: string,
    text: string,
    hostKeys: readonly HostKey[] = [],
  ): string {
    onReport?.({
      stage,
      address: bootAddress ?? address,
      identity: hosts.identityOf(host),
      bytes: Buffer.byteLength(text),
      ...(hostKeys.length > 0 && { hostKeys }),
    });
    return text;
  }
}
