import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { afterEach, describe, expect, it } from 'vitest';

import { type EventStream, followEvents, type ServerEvent } from './event-stream.js';

/** Calls that a follower has received. */
interface Seen {
  readonly events: ServerEvent[];
  readonly states: string[];
  gaps: number;
  refusals: number;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('event stream', () => {
  const closing: (() => void)[] = [];

  afterEach(() => {
    for (const close of closing.splice(0)) {
      close();
    }
  });

  /** Serves the responses one after another, and repeats the last one. */
  async function serve(...answers: Answer[]): Promise<{ url: string; asked: IncomingMessage[] }> {
    const asked: IncomingMessage[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(request);
      (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return {
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
      asked,
    };
  }

  function follow(url: string, silenceMs?: number): Seen & { readonly stream: EventStream } {
    const seen: Seen = { events: [], states: [], gaps: 0, refusals: 0 };
    const stream = followEvents({
      request: (headers, signal) => fetch(url, { headers, signal }),
      onEvent: (event) => seen.events.push(event),
      onGap: () => seen.gaps++,
      onState: (state) => seen.states.push(state),
      onRefused: () => seen.refusals++,
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
    closing.push(() => {
      stream.close();
    });
    return Object.assign(seen, { stream });
  }

  const streaming =
    (text: string, isEnded = false): Answer =>
    (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(text);
      if (isEnded) {
        response.end();
      }
    };

  it('reads everything once, then passes on events', async () => {
    const { url } = await serve(streaming('id: a-1\nevent: boot\ndata: {"x":1}\n\n'));
    const seen = follow(url);
    await expect.poll(() => seen.events).toEqual([{ name: 'boot', data: { x: 1 } }]);
    expect(seen.gaps).toBe(1);
    expect(seen.states).toEqual(['waiting', 'live']);
  });

  it('resumes after the last event when a connection ends', async () => {
    const { url, asked } = await serve(
      streaming('retry: 10\n\nid: a-1\nevent: boot\ndata: 1\n\n', true),
      streaming('id: a-2\nevent: boot\ndata: 2\n\n'),
    );
    const seen = follow(url);
    await expect.poll(() => seen.events.map(({ data }) => data)).toEqual([1, 2]);
    expect(asked[1]?.headers['last-event-id']).toBe('a-1');
    expect(seen.gaps).toBe(1);
    expect(seen.states).toEqual(['waiting', 'live', 'lost', 'live']);
  });

  it('reads everything again when the server says that events are missing', async () => {
    const { url } = await serve(streaming('id: b-0\nevent: reset\ndata: {}\n\n'));
    const seen = follow(url);
    await expect.poll(() => seen.gaps).toBe(2);
    expect(seen.events).toEqual([]);
  });

  it('replaces a connection that falls silent', async () => {
    const { url } = await serve(
      streaming('retry: 10\nid: a-1\nevent: boot\ndata: 1\n\n'),
      streaming(':\n\n'),
    );
    const seen = follow(url, 300);
    await expect.poll(() => seen.states.slice(0, 4)).toEqual(['waiting', 'live', 'lost', 'live']);
  });

  it('waits as long as a busy server asks for, unless it has to try at once', async () => {
    const { url, asked } = await serve((_request, response) => {
      response.writeHead(503, { 'Retry-After': '3600' }).end();
    }, streaming(':\n\n'));
    const seen = follow(url);
    await expect.poll(() => seen.states).toEqual(['waiting', 'lost']);
    seen.stream.retryNow();
    await expect.poll(() => seen.states).toEqual(['waiting', 'lost', 'live']);
    expect(asked).toHaveLength(2);
  });

  it('ends when the server refuses the token', async () => {
    const { url, asked } = await serve((_request, response) => {
      response.writeHead(401).end();
    });
    const seen = follow(url);
    await expect.poll(() => seen.refusals).toBe(1);
    seen.stream.retryNow();
    expect(asked).toHaveLength(1);
  });

  it('sends nothing more once it is closed', async () => {
    const { url, asked } = await serve(streaming('retry: 10\nid: a-1\ndata: 1\n\n'));
    const seen = follow(url);
    await expect.poll(() => seen.events).toHaveLength(1);
    seen.stream.close();
    await expect.poll(() => asked[0]?.socket.destroyed).toBe(true);
    expect(asked).toHaveLength(1);
    expect(seen.states).toEqual(['waiting', 'live']);
  });
});
