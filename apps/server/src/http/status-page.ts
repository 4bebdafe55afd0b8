import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

import { LRUCache } from 'lru-cache';

import { type StoredTarget } from '@pxe/debian-netboot';

import { type MemoryContent, textContent } from '../content/content.js';
import { ownCommand } from '../own-command.js';

/** Time for which a rendered page is reused, in milliseconds. */
const KEPT_FOR_MS = 1000;
/** Maximum number of cached pages: one per address of this host. */
const MAX_PAGES = 16;
/** Number of seconds after which a browser reloads the page while nothing is served yet. */
const REFRESH_SECONDS = 5;

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em;color-scheme:light dark}pre{overflow:auto;padding:.7em 1em;border:1px solid}';

/** Content security policy of the page: allows its own style and icon, but no scripts, frames or requests. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Header fields of the page: names and values in turn. */
export const STATUS_PAGE_HEADERS: readonly string[] = [
  ...['Content-Security-Policy', POLICY],
  ...['X-Content-Type-Options', 'nosniff'],
  ...['Referrer-Policy', 'no-referrer'],
];

export interface StatusPageOptions {
  /** Returns the images that are served. */
  readonly images: () => readonly Pick<StoredTarget, 'suite' | 'arch' | 'variant'>[];
  /** Returns the reason why nothing is served yet; undefined once there are images. */
  readonly notReady: () => string | undefined;
  /** Returns the file names of the loaders: the one for BIOS, then those for UEFI. */
  readonly bootFiles: () => readonly string[];
  /** Clock, in milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** Returns the page about this server for clients of one of its addresses. */
export type StatusPage = (localAddress: string) => MemoryContent;

/**
 * Creates the page at `/` of boot HTTP. It shows only what any boot client can find out, and nothing about
 * machines. The page for a local address is rendered at most once a second, however many clients request it.
 */
export function createStatusPage(options: StatusPageOptions): StatusPage {
  const { now = () => performance.now() } = options;
  const pages = new LRUCache<string, { readonly madeAt: number; readonly page: MemoryContent }>({
    max: MAX_PAGES,
  });
  return (localAddress) => {
    const kept = pages.get(localAddress);
    if (kept !== undefined && now() - kept.madeAt < KEPT_FOR_MS) {
      return kept.page;
    }
    const page = textContent(statusHtml(options, localAddress), 'text/html; charset=utf-8');
    pages.set(localAddress, { madeAt: now(), page });
    return page;
  };
}

function statusHtml(
  { images, notReady, bootFiles }: StatusPageOptions,
  localAddress: string,
): string {
  const waiting = notReady();
  const refresh =
    waiting === undefined ? '' : `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`;
  const [file = '', ...others] = bootFiles();
  const address = isIP(localAddress) === 4 ? localAddress : 'IPv4-ADDRESS-OF-THIS-SERVER';
  const note = others.length === 0 ? '' : `   # UEFI: ${others.join(', ')}`;
  const dhcp = `next-server ${address};\nfilename "${file}";${note}`;
  const ready = images().map(
    ({ suite, arch, variant }) => `<li>${escaped(`Debian ${suite}, ${arch}, ${variant}`)}</li>`,
  );
  const state =
    waiting === undefined
      ? `<p>Ready to boot:</p>\n<ul>\n${ready.join('\n')}\n</ul>`
      : `<p>Not ready: ${escaped(waiting)}.</p>`;
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh}<link rel="icon" href="data:,">
<title>pxeboot</title>
<style>${STYLE}</style>
<h1>pxeboot</h1>
<p>This server boots machines over the network into the Debian installer.</p>
${state}
<p>Lines for ISC dhcpd:</p>
<pre>${escaped(dhcp)}</pre>
<p>The command <code>${ownCommand(process.env)} dhcp</code> prints the configuration for other DHCP servers. Then have the machine boot from the network.</p>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/["&'<>]/g, (character) => ENTITIES[character] ?? '');
}
