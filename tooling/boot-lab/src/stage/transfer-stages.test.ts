import { describe, expect, it } from 'vitest';

import { Journal } from '@pxe/lab-host';

import { type DaemonEvent, readDaemonEvent } from '../daemon/daemon-event.js';
import { DaemonStory } from '../daemon/daemon-story.js';
import { answeredGet, completedTransfer } from './transfer-stages.js';

function storyOf(...records: readonly object[]): DaemonStory {
  const log = new Journal<DaemonEvent>();
  for (const record of records) {
    log.append(readDaemonEvent(JSON.stringify(record)));
  }
  return new DaemonStory(log);
}

function transfer(file: string, outcome = 'completed', bytes = 10): object {
  return { event: 'tftp.transfer', file, outcome, bytes, sent: bytes, client: '10.77.0.50' };
}

function request(path: string, status = 200, method = 'GET'): object {
  return { event: 'http.request', method, path, status, bytes: 10 };
}

const { signal } = new AbortController();

describe('completedTransfer', () => {
  it('skips other files and aborted attempts', async () => {
    const story = storyOf(
      { msg: 'starting' },
      transfer('/ldlinux.c32'),
      transfer('/lpxelinux.0', 'aborted', 0),
      transfer('/lpxelinux.0', 'completed', 75_072),
    );
    expect(await story.next(completedTransfer('/lpxelinux.0'), signal)).toMatchObject({
      bytes: 75_072,
    });
  });

  it('does not look back before lines that were already used', async () => {
    const story = storyOf(transfer('/ldlinux.c32'), transfer('/lpxelinux.0'));
    await story.next(completedTransfer('/lpxelinux.0'), signal);
    const late = story.next(completedTransfer('/ldlinux.c32'), AbortSignal.timeout(20));
    await expect(late).rejects.toThrow('timeout');
  });

  it('fails immediately if the daemon refuses the file, but not if it refuses one of many names', async () => {
    const refused = { event: 'tftp.refused', file: '/lpxelinux.0', code: 1 };
    await expect(storyOf(refused).next(completedTransfer('/lpxelinux.0'), signal)).rejects.toThrow(
      'TFTP error 1 for /lpxelinux.0',
    );
    const story = storyOf(
      { event: 'tftp.refused', file: '/pxelinux.cfg/0A', code: 1 },
      transfer('/pxelinux.cfg/default'),
    );
    expect(await story.next(completedTransfer(/^\/pxelinux\.cfg\//), signal)).toMatchObject({
      file: '/pxelinux.cfg/default',
    });
  });

  it('fails on a log line that breaks the contract', async () => {
    const story = storyOf({ event: 'tftp.transfer', file: '/a', outcome: 'completed' });
    await expect(story.next(completedTransfer('/a'), signal)).rejects.toThrow(/contract.*bytes/s);
  });
});

describe('answeredGet', () => {
  it('accepts the GET of the path, with any number of slashes', async () => {
    const story = storyOf(request('/a/linux', 200, 'HEAD'), request('/b'), request('//a/linux'));
    expect(await story.next(answeredGet(/^\/a\/linux$/), signal)).toMatchObject({
      method: 'GET',
      path: '//a/linux',
    });
  });

  it('skips an answer that the client aborted', async () => {
    const story = storyOf({ ...request('/i/***/done'), bytes: 0, aborted: true }, request('/b'));
    const done = story.next(answeredGet('/i/***/done'), AbortSignal.timeout(20));
    await expect(done).rejects.toThrow('timeout');
  });

  it('fails on any other status', async () => {
    await expect(storyOf(request('/a', 404)).next(answeredGet('/a'), signal)).rejects.toThrow(
      'HTTP 404 for /a',
    );
  });
});
