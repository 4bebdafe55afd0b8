import { type Finding } from '../self-check/finding.js';
import { type HttpRead, type HttpReadOptions, type HttpResult, readByHttp } from './http-reads.js';

/** Content read over HTTP, and the problem with the responses, if there is one. */
export interface HttpContent {
  /** Start of the file, as far as it was read; undefined if nothing could be read. */
  readonly bytes: Buffer | undefined;
  /** Size of the file in bytes; undefined if the server does not report it. */
  readonly size: number | undefined;
  /** Time according to the server's clock, from its Date header. */
  readonly date: Date | undefined;
  readonly finding: Finding | undefined;
}

const FAILED: HttpContent = {
  bytes: undefined,
  size: undefined,
  date: undefined,
  finding: undefined,
};

/**
 * Reads a file as boot loaders do: HEAD for the size, a Range request for part of it, then GET.
 *
 * @param atMost - maximum number of bytes to read; 0 for HEAD alone
 */
export async function loadByHttp(
  url: string,
  atMost: number,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<HttpContent> {
  const ask = async (options: HttpReadOptions): Promise<HttpResult> => {
    const { method = 'GET', range } = options;
    say(`> ${method} ${url}${range === undefined ? '' : `, Range ${range}`}`);
    const result = await readByHttp(url, options, signal);
    say(`< ${resultText(result)}`);
    return result;
  };

  const head = await ask({ method: 'HEAD' });
  if (!head.ok) {
    return { ...FAILED, finding: unreachable(url, head.reason) };
  }
  const { read } = head;
  const refused = statusFinding(url, read);
  if (refused !== undefined) {
    return { ...FAILED, date: read.date, finding: refused };
  }
  const known = { size: read.length, date: read.date };
  if (read.length === undefined) {
    return { ...FAILED, ...known, finding: noLength(url) };
  }
  if (atMost === 0) {
    return { ...FAILED, ...known };
  }
  await ask({ range: 'bytes=0-99', atMost: 100 });
  const whole = await ask({ atMost });
  if (!whole.ok) {
    return {
      ...FAILED,
      ...known,
      finding: failedReadFinding(url, read.length, whole),
    };
  }
  const { length, received, bytes } = whole.read;
  if (length !== read.length) {
    return {
      ...FAILED,
      ...known,
      finding: length === undefined ? noLength(url) : otherLength(url),
    };
  }
  const isShort = received < Math.min(length, atMost);
  return { ...known, bytes, finding: isShort ? truncated(url, length, received) : undefined };
}

function resultText(result: HttpResult): string {
  if (!result.ok) {
    return `no answer (${result.reason})`;
  }
  const { status, length, location, received, ms } = result.read;
  const speed = received > 100_000 ? `, ${Math.round(received / ms / 1000)} MB/s` : '';
  return (
    [
      String(status),
      ...(location === undefined ? [] : [`Location ${location}`]),
      length === undefined ? 'no Content-Length' : `Content-Length ${length}`,
    ].join(', ') + speed
  );
}

function statusFinding(url: string, { status, location }: HttpRead): Finding | undefined {
  if (status === 200) {
    return undefined;
  }
  const { origin } = new URL(url);
  const evidence = [`HEAD ${url}: ${status}`];
  if (status >= 300 && status < 400) {
    return {
      rule: 'http-redirect',
      severity: 'error',
      what: `${origin} redirects ${url} to ${location ?? 'nowhere'}`,
      why: 'Firmware, PXELINUX and GRUB do not follow redirects.',
      fix: 'Use the final URL, and let the server answer plain http:// requests for boot files.',
      evidence,
    };
  }
  return {
    rule: status === 404 ? 'missing-file' : 'http-refused-file',
    severity: 'error',
    what: `${url} ${status === 404 ? 'does not exist' : `is refused with status ${status}`}`,
    why: 'The boot stops where it is requested.',
    fix:
      status === 404
        ? 'Put the file there, or correct its name in DHCP or in the menu.'
        : 'Check the permissions of the file, and the access rules of the server.',
    evidence,
  };
}

function unreachable(url: string, reason: string): Finding {
  const { host } = new URL(url);
  const isRefused = reason === 'ECONNREFUSED';
  return {
    rule: isRefused ? 'no-http-server' : 'http-unreachable',
    severity: 'error',
    what: isRefused ? `nothing listens for HTTP on ${host}` : `HTTP on ${host} does not answer`,
    why: 'The kernel and initrd are loaded from there.',
    fix: isRefused
      ? 'Start the HTTP server there, or correct the address in the menu (pxeboot: advertise and http.listen).'
      : 'Allow its TCP port through firewalls, check access.allow in pxeboot, or correct the address in the menu (advertise).',
    evidence: [`${url}: ${reason}`],
  };
}

/** Explains a failed read of a file whose size is known. */
export function failedReadFinding(
  url: string,
  size: number,
  failed: Extract<HttpResult, { ok: false }>,
): Finding {
  const { reason, received } = failed;
  if (reason === 'incomplete') {
    return truncated(url, size, received);
  }
  return reason === 'slow' && received > 0 ? slow(url, failed) : unreachable(url, reason);
}

function slow(
  url: string,
  { received, ms }: { readonly received: number; readonly ms: number },
): Finding {
  return {
    rule: 'slow-http',
    severity: 'warning',
    what: `HTTP from ${new URL(url).host} is slow`,
    why: 'The kernel and initrd take minutes to load, or the machine gives up.',
    fix: 'Look for an overloaded server or packet loss: check the cable and the duplex setting of the switch port.',
    evidence: [
      `${url}: ${received} bytes in ${Math.round(ms / 1000)} s, ${Math.round(received / ms)} kB/s`,
    ],
  };
}

function noLength(url: string): Finding {
  return {
    rule: 'no-content-length',
    severity: 'error',
    what: `${new URL(url).host} sends ${url} without Content-Length`,
    why: 'GRUB stops with "out of memory"; iPXE and firmware stop at the end of the file.',
    fix: 'Serve boot files as plain files: no compression, no chunks, no proxy that adds them.',
    evidence: [],
  };
}

function otherLength(url: string): Finding {
  return {
    rule: 'lengths-differ',
    severity: 'error',
    what: `${new URL(url).host} reports different sizes of ${url} for HEAD and GET`,
    why: 'UEFI firmware relies on the size from HEAD, and reads too much or too little.',
    fix: 'Serve boot files as plain files.',
    evidence: [],
  };
}

function truncated(url: string, size: number, received: number): Finding {
  return {
    rule: 'truncated-file',
    severity: 'error',
    what: `${url} ends after ${received} of ${size} bytes`,
    why: 'The boot stops there.',
    fix: 'Check the server and its disk; copy the file again.',
    evidence: [],
  };
}
