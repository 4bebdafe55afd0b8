import { describe, expect, it } from 'vitest';

import { inheritedSockets } from './inherited-sockets.js';

describe('inheritedSockets', () => {
  const us = String(process.pid);

  it('counts file descriptors from three', () => {
    expect(inheritedSockets({ LISTEN_FDS: '2', LISTEN_PID: us })).toEqual([{ fd: 3 }, { fd: 4 }]);
  });

  it.each([
    ['nothing was passed on', {}],
    ['sockets were passed to another process', { LISTEN_FDS: '1', LISTEN_PID: '1' }],
    ['it is not said to whom', { LISTEN_FDS: '1' }],
    ['it is not said how many', { LISTEN_PID: us }],
    ['the number is not positive', { LISTEN_FDS: '-1', LISTEN_PID: us }],
  ])('finds none when %s', (_name, environment) => {
    expect(inheritedSockets(environment)).toEqual([]);
  });
});
