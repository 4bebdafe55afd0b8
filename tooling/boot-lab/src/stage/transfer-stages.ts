import { LabError } from '@pxe/lab-host';

import { normalisePath } from '../capture/transfer-accounting.js';
import { type DaemonEvent, type RequestEvent, type TransferEvent } from '../daemon/daemon-event.js';
import { type Stage } from './stage.js';

/**
 * Returns a stage that waits until the daemon has sent a complete file over TFTP. Requests for other files
 * in between are ignored.
 *
 * @param file - path of the file in the boot namespace, or a pattern for it
 */
export function tftpTransfer(name: string, file: string | RegExp, deadlineMs = 20_000): Stage {
  return {
    name,
    deadlineMs,
    async run(boot, signal) {
      const transfer = await boot.story.next(completedTransfer(file), signal);
      return `${transfer.file} over TFTP, ${transfer.bytes} bytes`;
    },
  };
}

/**
 * Returns a stage that waits until the daemon has answered a GET over HTTP with a complete file.
 *
 * @param path - path of the file in the boot namespace, or a pattern for it
 */
export function httpDownload(name: string, path: string | RegExp, deadlineMs = 90_000): Stage {
  return {
    name,
    deadlineMs,
    async run(boot, signal) {
      const request = await boot.story.next(answeredGet(path), signal);
      return `${request.path} over HTTP, ${request.bytes} bytes`;
    },
  };
}

/**
 * Returns a filter for the log that selects the complete transfer of a file. A transfer aborted by the
 * client is ignored: a PXE ROM may request the size, abort, and request the file again. The filter
 * throws when a file given by its path is refused.
 */
export function completedTransfer(
  file: string | RegExp,
): (event: DaemonEvent) => TransferEvent | undefined {
  const matches = pathMatcher(file);
  return (event) => {
    refuseMalformed(event);
    // A pattern matches names that a client tries one after another, so some may be refused.
    if (event.event === 'tftp.refused' && typeof file === 'string' && matches(event.file)) {
      throw new LabError('ERR_LAB_STAGE', `TFTP error ${event.code} for ${event.file}`);
    }
    const completed = event.event === 'tftp.transfer' && event.outcome === 'completed';
    return completed && matches(event.file) ? event : undefined;
  };
}

/**
 * Returns a filter for the log that selects the complete response to a GET of a path; it throws if that is
 * not a 200. A response that the client has aborted is ignored, since the client may ask again.
 */
export function answeredGet(
  path: string | RegExp,
): (event: DaemonEvent) => RequestEvent | undefined {
  const matches = pathMatcher(path);
  return (event) => {
    refuseMalformed(event);
    if (event.event !== 'http.request' || event.method !== 'GET') {
      return undefined;
    }
    if (!matches(event.path)) {
      return undefined;
    }
    if (event.status === 200) {
      return event.aborted ? undefined : event;
    }
    throw new LabError('ERR_LAB_STAGE', `HTTP ${event.status} for ${event.path}`);
  };
}

function pathMatcher(path: string | RegExp): (candidate: string) => boolean {
  return (candidate) => {
    const normalised = normalisePath(candidate);
    return typeof path === 'string' ? normalised === path : path.test(normalised);
  };
}

function refuseMalformed(event: DaemonEvent): void {
  if (event.event !== 'malformed') {
    return;
  }
  const message = `the daemon's log breaks its contract (${event.problem}): ${event.line}`;
  throw new LabError('ERR_LAB_STAGE', message);
}
