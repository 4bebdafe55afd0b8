import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { describe, expect, it } from 'vitest';

import { portHolder } from './port-holder.js';

const HOLDERS = {
  tcp: (host: string) =>
    `require('node:net').createServer().listen(0, '${host}', function () { console.log(this.address().port); })`,
  udp: (host: string) =>
    `require('node:dgram').createSocket('${host.includes(':') ? 'udp6' : 'udp4'}').bind(0, '${host}', function () { console.log(this.address().port); })`,
};

describe('portHolder', () => {
  it.each([
    ['tcp', '127.0.0.1'],
    ['udp', '127.0.0.1'],
    ['tcp', '::'],
    ['udp', '::'],
  ] as const)('names the program that uses a %s port on %s', async (protocol, host) => {
    const child = spawn(process.execPath, ['-e', HOLDERS[protocol](host)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(line.toString());
    try {
      const holder = await portHolder(protocol, port);
      expect(holder).toEqual({ program: expect.stringMatching(/./) as string, pid: child.pid });
    } finally {
      child.kill();
      await ended;
    }
  });

  it('does not mistake a client of the port for its holder', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const script = `require('node:net').connect(${port}, '127.0.0.1', () => console.log('connected'))`;
    const client = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(client.stdout, 'data');
    expect(await portHolder('tcp', port)).toBeUndefined();
    client.kill();
    await once(client, 'exit');
    server.close();
  });
});
