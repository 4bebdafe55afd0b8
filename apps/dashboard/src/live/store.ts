import { batch, computed, signal } from '@preact/signals';

import { ApiError, authorization, read, readPages, token, urlOf } from '../api/client.js';
import {
  type ConnectionState,
  type EventStream,
  followEvents,
  type ServerEvent,
} from '../api/event-stream.js';
import {
  type BootSummary,
  type Finding,
  type Host,
  type Images,
  type Machine,
  type Profile,
} from '../api/types.js';
import { hostFinder } from '../machine-host.js';
import { withBoot, withMachineBoot } from './boot-lists.js';
import { readServer, server } from './session.js';

/** Boots, newest first; undefined until they are read. */
export const boots = signal<readonly BootSummary[] | undefined>(undefined);
/** Cursor of the next page of boots; undefined if all are read. */
export const nextBoots = signal<string | undefined>(undefined);
/** True if the server could not read its database, so that older boots are missing. */
export const areBootsIncomplete = signal(false);
/** Machines, most recently seen first; undefined until they are read. */
export const machines = signal<readonly Machine[] | undefined>(undefined);
export const images = signal<Images | undefined>(undefined);
/** True if a rollback has left a newer generation of the images behind. */
export const isRolledBack = computed(() => images.value?.generations[0]?.current === false);
/** Problems with the server's host that keep machines from booting; undefined until they are read. */
export const findings = signal<readonly Finding[] | undefined>(undefined);
export const hosts = signal<readonly Host[] | undefined>(undefined);
/** Finds the host that matches a machine. */
export const findHost = computed(() => hostFinder(hosts.value ?? []));
export const profiles = signal<readonly Profile[] | undefined>(undefined);
export const connection = signal<ConnectionState>('waiting');
/** Last change to a boot, for pages that show one boot with its steps. */
export const lastChange = signal<BootSummary | undefined>(undefined);
/** Current time in milliseconds since 1970, for relative times. */
export const now = signal(Date.now());
/** Error of the last failed read, until another read succeeds. */
export const readError = signal<string | undefined>(undefined);

/** Number of boots per page of the API. */
const PAGE = 500;
/** Minimum interval between two reads of the same list, in milliseconds. */
const READ_EVERY_MS = 2_000;
/** Interval at which relative times are updated, in milliseconds. */
const TICK_MS = 5_000;
/** Interval between reads of the progress of a fetch, which causes no events, in milliseconds. */
const POLL_MS = 3_000;
/**
 * Interval between reads of the information about the server and its host, whose changes cause no events, in
 * milliseconds.
 */
const FACTS_MS = 30_000;

let stream: EventStream | undefined;

/** Follows the server's events until the returned function is called. */
export function startFollowing(): () => void {
  stream = followEvents({
    request: (headers, signal) =>
      fetch(urlOf('/api/v1/events'), {
        headers: { ...headers, ...authorization(token.value) },
        cache: 'no-store',
        signal,
      }),
    onEvent: apply,
    onGap: readAll,
    onState: (state) => {
      connection.value = state;
    },
    onRefused: () => void readServer(),
  });
  const clock = setInterval(() => {
    now.value = Date.now();
  }, TICK_MS);
  const isShown = (): boolean =>
    document.visibilityState !== 'hidden' && connection.value === 'live';
  const poll = setInterval(() => {
    const state = server.value?.fetch.state;
    if (isShown() && (state === 'fetching' || state === 'elsewhere')) {
      void readServer();
    }
  }, POLL_MS);
  const facts = setInterval(() => {
    if (isShown()) {
      void readServer();
      findingsReader.request();
    }
  }, FACTS_MS);
  const retry = (): void => {
    stream?.retryNow();
  };
  addEventListener('online', retry);
  document.addEventListener('visibilitychange', retry);
  return () => {
    stream?.close();
    clearInterval(clock);
    clearInterval(poll);
    clearInterval(facts);
    removeEventListener('online', retry);
    document.removeEventListener('visibilitychange', retry);
  };
}

/** Forgets all lists once no page shows them. */
export function forgetLists(): void {
  batch(() => {
    boots.value = machines.value = images.value = hosts.value = profiles.value = undefined;
    findings.value = undefined;
  });
}

/**
 * Returns a reader that reads a list at most once per interval, and once more if it was requested in the
 * meantime.
 */
function createReader(load: () => Promise<void>): { request(): void } {
  let isRunning = false;
  let isWanted = false;
  async function run(): Promise<void> {
    isRunning = true;
    try {
      await load();
      readError.value = undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      if (error.status === 401) {
        await readServer();
      } else if (error.status !== 0) {
        readError.value = error.message;
      }
    }
    setTimeout(() => {
      isRunning = false;
      if (isWanted) {
        isWanted = false;
        void run();
      }
    }, READ_EVERY_MS);
  }
  return {
    request() {
      if (isRunning) {
        isWanted = true;
      } else {
        void run();
      }
    },
  };
}

const bootsReader = createReader(async () => {
  const page = await read('/api/v1/boots', { limit: PAGE });
  batch(() => {
    boots.value = page.boots;
    nextBoots.value = page.next;
    areBootsIncomplete.value = page.incomplete === true;
  });
});
const machinesReader = createReader(async () => {
  const pages = await readPages((page) => read('/api/v1/machines', page));
  machines.value = pages.flatMap((page) => page.machines);
});
const imagesReader = createReader(async () => {
  images.value = await read('/api/v1/images');
});
const findingsReader = createReader(async () => {
  findings.value = (await read('/api/v1/doctor')).findings;
});
const hostsReader = createReader(async () => {
  const pages = await readPages((page) => read('/api/v1/hosts', page));
  hosts.value = pages.flatMap((page) => page.hosts);
});
const profilesReader = createReader(async () => {
  profiles.value = (await read('/api/v1/profiles')).profiles;
});

function readAll(): void {
  void readServer();
  bootsReader.request();
  machinesReader.request();
  imagesReader.request();
  findingsReader.request();
  hostsReader.request();
  profilesReader.request();
}

/** Reads the hosts again after a change. */
export function readHosts(): void {
  hostsReader.request();
}

/** Reads the images and the information about the server and its host again after a change. */
export function readImages(): void {
  imagesReader.request();
  findingsReader.request();
  void readServer();
}

let isReadingMore = false;

/** Reads the next page of boots, if there is one. */
export async function readMoreBoots(): Promise<void> {
  const cursor = nextBoots.value;
  if (cursor === undefined || isReadingMore) {
    return;
  }
  isReadingMore = true;
  try {
    const page = await read('/api/v1/boots', { limit: PAGE, cursor });
    batch(() => {
      const known = new Set(boots.value?.map(({ id }) => id));
      boots.value = [...(boots.value ?? []), ...page.boots.filter(({ id }) => !known.has(id))];
      nextBoots.value = page.next;
      areBootsIncomplete.value = page.incomplete === true;
    });
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    readError.value = error.message;
  } finally {
    isReadingMore = false;
  }
}

function apply({ name, data }: ServerEvent): void {
  if (name === 'images') {
    readImages();
  } else if (name === 'hosts') {
    hostsReader.request();
    profilesReader.request();
  } else if (name === 'boot') {
    // The OpenAPI document describes this event.
    const { boot } = data as { readonly boot: BootSummary };
    batch(() => {
      now.value = Date.now();
      lastChange.value = boot;
      boots.value = boots.value && withBoot(boots.value, boot);
      const changed = machines.value && withMachineBoot(machines.value, boot);
      if (changed === undefined) {
        machinesReader.request();
      } else {
        machines.value = changed;
      }
    });
  }
}
