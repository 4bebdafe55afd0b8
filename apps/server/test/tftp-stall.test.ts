import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { TftpPort } from './support/raw-tftp.js';
import { TEST_STORE } from './support/test-store.js';

describe.skipIf(lacks('apt-get'))('tftp.stall', () => {
  it('limits how long a silent client keeps its transfer', async () => {
    await using daemon = await RunningDaemon.start([
      '--data-dir',
      TEST_STORE,
      '--tftp-stall',
      '5s',
    ]);
    await using client = await TftpPort.open(daemon.port('tftp'));
    client.ask('lpxelinux.0');
    expect(await client.next()).toMatchObject({ type: 'data', block: 1 });
    client.acknowledge(1);
    expect(await client.next()).toMatchObject({ type: 'data', block: 2 });

    expect(await daemon.logged('tftp.transfer')).toMatchObject({ outcome: 'timedOut' });
  });
});
