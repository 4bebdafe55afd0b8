import { describe, expect, it } from 'vitest';

import { type TftpServerEvent } from '../node/index.js';
import { describeEvent } from './serve-directory.js';

const LOCAL = { address: '192.0.2.1', port: 69, family: 'IPv4' } as const;
const REMOTE = { address: '192.0.2.9', port: 2_000, family: 'IPv4' } as const;

const LINES: readonly (readonly [line: string, event: TftpServerEvent])[] = [
  ['stopped listening on 192.0.2.1 port 69', { type: 'stoppedListening', local: LOCAL }],
  [
    '3 transfers were ended to make room (maxHalfOpen)',
    { type: 'transfersEvicted', limit: 'maxHalfOpen', count: 3 },
  ],
  [
    '192.0.2.9 "a\\u001b": blocks of 1468 bytes do not arrive; further transfers use at most 1024 bytes',
    {
      type: 'largeBlocksLost',
      filename: 'a\x1b',
      remote: REMOTE,
      local: LOCAL,
      blksize: 1_468,
      maxBlockSize: 1_024,
    },
  ],
  [
    'cannot list the addresses of this host: Error: EMFILE',
    { type: 'addressScanFailed', error: new Error('EMFILE') },
  ],
  ['cannot close a file: Error: EIO', { type: 'sourceError', error: new Error('EIO') }],
];

describe('pxe-tftp serve', () => {
  it.each(LINES)('prints %j', (line, event) => {
    expect(describeEvent(event)).toBe(line);
  });
});
