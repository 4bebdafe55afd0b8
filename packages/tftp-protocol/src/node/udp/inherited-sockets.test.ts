import { createSocket, type SocketType } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { followsLinks } from '@pxe/test-host';

import { inheritedFamily, inheritedSockets } from './inherited-sockets.js';

describe('inheritedSockets', () => {
  const us = String(process.pid);

  it('counts file descriptors from three', () => {
    expect(inheritedSockets({ LISTEN_FDS: '2', LISTEN_PID: us })).toEqual([{ fd: 3 }, { fd: 4 }]);
  });

  it.each([
    ['nothing was passed on', {}],
    ['the sockets were passed to another process', { LISTEN_FDS: '1', LISTEN_PID: '1' }],
    ['LISTEN_PID is missing', { LISTEN_FDS: '1' }],
    ['LISTEN_FDS is missing', { LISTEN_PID: us }],
    ['the number is not positive', { LISTEN_FDS: '-1', LISTEN_PID: us }],
  ])('finds none when %s', (_name, environment) => {
    expect(inheritedSockets(environment)).toEqual([]);
  });
});

describe('inheritedFamily', () => {
  /** Returns the descriptors of this process that are sockets. */
  function socketFds(): number[] {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
        } catch {
          // The descriptor that listed the directory is already closed.
          return false;
        }
      });
  }

  it.each<[SocketType, string, 'IPv4' | 'IPv6']>([
    ['udp4', '127.0.0.1', 'IPv4'],
    ['udp6', '::1', 'IPv6'],
  ])(
    'recognises a %s socket, and module resolution still works afterwards',
    async (type, address, family) => {
      const others = new Set(socketFds());
      const socket = createSocket(type);
      socket.bind(0, address);
      await once(socket, 'listening');
      const [fd = -1] = socketFds().filter((candidate) => !others.has(candidate));
      expect(inheritedFamily(fd)).toBe(family);
      expect(followsLinks()).toBe(true);
      socket.close();
    },
  );

  it('reports a descriptor that is not open', () => {
    expect(() => inheritedFamily(99_999)).toThrow(/EBADF/);
  });
});
