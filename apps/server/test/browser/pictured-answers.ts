import { type Page } from 'playwright-core';

/** Time at which the pictures are taken. */
const NOW = Date.parse('2026-03-02T09:41:30Z');

const MINUTE_MS = 60_000;

/** Boots by the last number of the machine's address: start before {@link NOW}, and duration, in milliseconds. */
const BOOTS: Readonly<Record<string, { readonly ago: number; readonly took: number }>> = {
  56: { ago: 26 * MINUTE_MS, took: 9_840 },
  57: { ago: 11 * MINUTE_MS, took: 8_310 },
  58: { ago: 2 * MINUTE_MS, took: 0 },
};

/** Start and end of the steps, as fractions of the boot's duration. */
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  loader: [0, 0.03],
  menu: [0.06, 0.07],
  kernel: [0.55, 0.65],
  initrd: [0.66, 1],
};

/** Sizes of made-up files, with the real sizes that pictures show instead. */
const SIZES: ReadonlyMap<unknown, number> = new Map([
  [3_000, 92_418],
  [50_000, 12_102_592],
  [60_000, 41_350_280],
  [110_000, 53_452_872],
]);

/** Texts that are different in each run, or that a real network does not have. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\bmirror http:\/\/127\.0\.0\.1:\d+\/debian\b/g, 'mirror http://ftp.debian.org/debian'],
  [/\b(?:10\.0\.2\.2|127\.0\.0\.1)\b/g, '192.168.1.10'],
  [/\b127\.0\.0\.(?=5\d\b)/g, '192.168.1.'],
];

/**
 * Gives a page responses in which times, sizes and addresses are the same in each run, so that a picture of
 * the page changes only if the page does. Everything else comes from the server.
 */
export async function picturedAnswers(page: Page): Promise<void> {
  await page.clock.setFixedTime(NOW);
  await page.route('**/api/v1/**', async (route) => {
    const url = route.request().url();
    if (url.endsWith('/events')) {
      await route.continue();
      return;
    }
    const response = await route.fetch({ url: url.replaceAll('192.168.1.', '127.0.0.') });
    const answer: unknown = JSON.parse(picturedText(await response.text()));
    await route.fulfill({ response, json: pictured(answer) });
  });
}

/** Returns a text as pictures show it. */
export function picturedText(text: string): string {
  return TEXTS.reduce((changed, [pattern, fixed]) => changed.replaceAll(pattern, fixed), text);
}

type Fields = Readonly<Record<string, unknown>>;

function pictured(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => pictured(item));
  }
  if (typeof value !== 'object' || value === null) {
    return SIZES.get(value) ?? value;
  }
  const fields = Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, pictured(field)]),
  );
  return { ...fields, ...fixedFields(fields) };
}

/** Returns the fields of a response that differ from run to run, with their fixed values. */
function fixedFields(fields: Fields): Fields {
  if ('proxyDhcp' in fields) {
    const listen = { tftp: ['0.0.0.0:69'], http: ['0.0.0.0:8069'] };
    return { ...listen, name: 'bootserver', obstacle: undefined };
  }
  if ('findings' in fields && 'checkedAt' in fields) {
    return { findings: [] };
  }
  if ('generations' in fields) {
    return generationFields(fields);
  }
  if ('confirmedAt' in fields) {
    return { confirmedAt: timeAgo(95 * MINUTE_MS), ageSeconds: 95 * 60 };
  }
  if ('nextCheckAt' in fields) {
    return { checkedAt: timeAgo(95 * MINUTE_MS), nextCheckAt: timeAgo(-22 * 60 * MINUTE_MS) };
  }
  if ('lastBoot' in fields) {
    const { startedAt, lastSeenAt } = fields['lastBoot'] as Fields;
    return { firstSeenAt: startedAt, lastSeenAt };
  }
  return 'outcome' in fields && 'address' in fields ? bootFields(fields) : {};
}

function generationFields({ generations }: Fields): Fields {
  const days = (index: number): number => index * 29 * 24 * 60 * MINUTE_MS;
  const fixed = (generations as readonly Fields[]).map((generation, index) => {
    const createdAt = timeAgo(95 * MINUTE_MS + days(index));
    const id = `${createdAt.replaceAll(/[-:.]/g, '')}-${index}c4ea12f`;
    return { ...generation, createdAt, id, bytes: 124_310_016 };
  });
  return { served: fixed[0]?.id, generations: fixed };
}

function bootFields({ address, outcome, steps }: Fields): Fields {
  const { ago, took } = BOOTS[String(address).split('.').at(-1) ?? ''] ?? { ago: 0, took: 0 };
  const times = {
    ...{ startedAt: timeAgo(ago), lastSeenAt: timeAgo(ago - took) },
    ...(outcome === 'installer' && {
      sentence: `started the installer of trixie in ${(took / 1000).toFixed(1)} s`,
    }),
  };
  if (!Array.isArray(steps)) {
    return times;
  }
  const fixed = (steps as readonly Fields[]).map((step) => {
    const [start, end] = STEPS[String(step['name'])] ?? [0, 1];
    const startedAt = timeAgo(ago - start * took);
    return { ...step, startedAt, endedAt: timeAgo(ago - end * took) };
  });
  return { ...times, steps: fixed };
}

function timeAgo(ms: number): string {
  return new Date(NOW - ms).toISOString();
}
