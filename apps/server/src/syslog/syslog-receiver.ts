import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';

import { LRUCache } from 'lru-cache';

import { type AllowList, plainAddress } from '../access/allow-list.js';
import { oncePerMinute } from '../access/minute-log.js';
import { sourceGroup } from '../access/source-group.js';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import { type InstallService } from '../installs/install-service.js';
import { type RunningInstaller } from '../installs/running-installers.js';
import { type BootEvents } from '../log/events.js';
import { type Logger } from '../log/logger.js';
import { ownCopy, shortened } from '../log/printable.js';
import { type LoggedStep } from '../machines/boot-correlator.js';
import { type SyslogResult } from '../metrics/metrics.js';
import { type InstallerLog, InstallerLogs } from './installer-logs.js';
import { maskSecrets } from './mask-secrets.js';
import { menuItemOf } from './menu-item.js';
import { readSyslogMessage } from './syslog-message.js';

/**
 * Maximum size of a message in bytes. Longer messages are dropped, since a truncated secret would not be
 * recognised.
 */
const MAX_MESSAGE_BYTES = 8 * 1024;
/** Maximum length of the part of a message that is kept, in characters. */
const MAX_TEXT_LENGTH = 1024;
/**
 * Maximum number of messages per second: from one source, from all installers, and from all other addresses.
 * Further messages are dropped and counted.
 */
const MAX_PER_SECOND = { source: 500, installer: 4000, other: 1000 } as const;
const MAX_SOURCES = 1024;
/** Minimum interval between recorded signs of life of an installer, in milliseconds. */
const HEARD_EVERY_MS = 60_000;

/** Receives the logs of installers over syslog. */
export interface SyslogReceiver {
  /** Addresses that the receiver listens on, as `address:port`. */
  readonly addresses: readonly string[];
  /**
   * Returns the address that an installer sends its log to; undefined if no log is received there.
   *
   * @param host - address of this host that the machine uses, as in a URL
   */
  targetAt(host: string): ListenAddress | undefined;
  /** Returns the log of an installation. */
  logOf(install: string): InstallerLog | undefined;
  close(): Promise<void>;
}

export interface SyslogReceiverOptions {
  readonly listen: readonly ListenAddress[];
  readonly allowList: AllowList;
  readonly installs: Pick<InstallService, 'installerAt' | 'secretsOf' | 'heard'>;
  readonly logger: Pick<Logger, 'warn' | 'debug' | 'isLevelEnabled'>;
  /** Events whose log lines are rate-limited, since the address of a datagram may be forged. */
  readonly events: Pick<BootEvents, 'sourceDenied'>;
  readonly onStep: (step: LoggedStep) => void;
  /** Called for each message. */
  readonly onMessage?: (result: SyslogResult) => void;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/**
 * Starts receiving logs. An address that cannot be bound is logged and skipped, since machines can be
 * installed without it.
 */
export async function createSyslogReceiver({
  listen,
  allowList,
  installs,
  logger,
  events,
  onStep,
  onMessage,
  now = Date.now,
}: SyslogReceiverOptions): Promise<SyslogReceiver> {
  const logs = new InstallerLogs();
  const rate = new MessageRate();
  const sources = new LRUCache<string, Source>({ max: MAX_SOURCES });
  const reportDenied = oncePerMinute((address) => {
    events.sourceDenied('syslog', address);
  });

  /** Returns the state kept for an installation, or for an address that has none. */
  function sourceOf(key: string, installer: RunningInstaller | undefined): Source {
    const source = sources.get(key) ?? {
      secrets: installer === undefined ? [] : installs.secretsOf(installer),
      heardAt: -Infinity,
      step: '',
    };
    sources.set(key, source);
    return source;
  }

  function receive(datagram: Buffer, remote: string): SyslogResult {
    const at = now();
    const address = plainAddress(remote);
    const installer = installs.installerAt(address);
    if (!rate.admits(sourceGroup(address), at, installer === undefined ? 'other' : 'installer')) {
      return 'rate_limited';
    }
    if (installer === undefined && !allowList.allows(address)) {
      reportDenied(address);
      return 'denied';
    }
    if (datagram.length > MAX_MESSAGE_BYTES) {
      return 'too_long';
    }
    const source = sourceOf(installer?.id ?? address, installer);
    const masked = maskSecrets(datagram.toString('utf8'), source.secrets);
    const { severity, program, text } = readSyslogMessage(masked);
    // The copied texts are kept for longer than the datagram.
    const entry = {
      at,
      severity,
      program: ownCopy(program),
      text: ownCopy(shortened(text, MAX_TEXT_LENGTH)),
    };
    logs.add(installer?.id, address, entry);
    if (logger.isLevelEnabled('debug')) {
      const facts = { client: address, host: installer?.host, program, text: entry.text };
      logger.debug({ event: 'install.syslog', ...facts }, `${address}: ${program}: ${entry.text}`);
    }
    if (installer !== undefined && at - source.heardAt >= HEARD_EVERY_MS) {
      source.heardAt = at;
      installs.heard(installer, address);
    }
    const item = menuItemOf(entry);
    if (item !== undefined && source.step !== `${item.item} ${item.failed}`) {
      source.step = `${item.item} ${item.failed}`;
      onStep({
        at,
        item: item.item,
        ...(item.failed && { failed: true }),
        address: installer?.bootAddress ?? address,
        identity: installer?.identity,
      });
    }
    return installer === undefined ? 'unassigned' : 'kept';
  }

  const sockets: { readonly socket: Socket; readonly isEverywhere: boolean }[] = [];
  for (const address of listen) {
    try {
      const isEverywhere = isIP(address.address) === 0;
      sockets.push({ socket: await bound(address), isEverywhere });
    } catch (error) {
      const text = formatListenAddress(address);
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(
        { event: 'syslog.unavailable', address: text, reason },
        `cannot receive the logs of installers on ${text}: ${reason}; set syslog.listen, or syslog: off`,
      );
    }
  }
  for (const { socket } of sockets) {
    socket.on('message', (datagram, { address }) => {
      onMessage?.(receive(datagram, address));
    });
    socket.on('error', (error) => {
      logger.warn({ event: 'syslog.error', err: error }, 'cannot receive the log of an installer');
    });
  }

  return {
    addresses: sockets.map(({ socket }) => formatListenAddress(socket.address())),
    targetAt(host) {
      const address = host.replace(/^\[(.*)\]$/, '$1');
      if (isIP(address) === 0) {
        return undefined;
      }
      const { socket } =
        sockets.find((one) => one.isEverywhere || one.socket.address().address === address) ?? {};
      return socket && { address, port: socket.address().port };
    },
    logOf: (install) => logs.of(install),
    async close() {
      await Promise.all(
        sockets.splice(0).map(
          ({ socket }) =>
            new Promise<void>((resolve) => {
              socket.close(resolve);
            }),
        ),
      );
    },
  };
}

/** State kept for an installation, or for an address that has none. */
interface Source {
  /** Texts to hide in the messages. */
  readonly secrets: readonly string[];
  /** Time of the last sign of life that was recorded, in milliseconds since 1970. */
  heardAt: number;
  /** Last reported step; a step is reported only once. */
  step: string;
}

/** Binds a socket; `auto` and `*` mean every address, IPv4 and IPv6. */
async function bound({ address, port }: ListenAddress): Promise<Socket> {
  if (isIP(address) !== 0) {
    return bind(isIP(address) === 6 ? 'udp6' : 'udp4', port, address);
  }
  try {
    return await bind('udp6', port, '::');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The host may not support IPv6.
    if (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL') {
      return bind('udp4', port, '0.0.0.0');
    }
    throw error;
  }
}

function bind(type: 'udp4' | 'udp6', port: number, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(type);
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/**
 * Limits the number of messages read per second: per source, for all installers, and for all other addresses.
 */
class MessageRate {
  readonly #counts = new LRUCache<string, number>({ max: MAX_SOURCES });
  #second = 0;
  #all = { installer: 0, other: 0 };

  /** Returns true if a message may be read. Forged addresses do not use up the share reserved for installers. */
  admits(source: string, now: number, kind: 'installer' | 'other'): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#all = { installer: 0, other: 0 };
      this.#counts.clear();
    }
    const key = `${kind} ${source}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (count > MAX_PER_SECOND.source || this.#all[kind] >= MAX_PER_SECOND[kind]) {
      return false;
    }
    this.#counts.set(key, count);
    this.#all[kind]++;
    return true;
  }
}
