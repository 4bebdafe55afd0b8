import { setTimeout as delay } from 'node:timers/promises';

import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { answerInTurns } from './read-turns.js';

const WORK_MS = 60;

function work(): object {
  const end = performance.now() + WORK_MS;
  while (performance.now() < end) {
    // Blocks the event loop, as a long list does.
  }
  return {};
}

describe('reads of the API', () => {
  let app: FastifyInstance;
  let url: string;
  let answered: number[];

  const read = async (path: string, init: RequestInit = {}): Promise<number> => {
    const { status } = await fetch(`${url}${path}`, init);
    answered.push(performance.now());
    return status;
  };

  beforeEach(async () => {
    answered = [];
    app = Fastify();
    await app.register(
      async (api) => {
        answerInTurns(api, `${api.prefix}/events`);
        api.get('/list', work);
        api.get('/events', (_request, reply) => {
          reply.hijack();
          reply.raw.write(':');
        });
        api.get('/broken', () => {
          throw new Error('broken');
        });
        api.post('/change', work);
        return Promise.resolve();
      },
      { prefix: '/api' },
    );
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });

  afterEach(async () => {
    app.server.closeAllConnections();
    await app.close();
  });

  it('leave three quarters of the time to boots', async () => {
    const startedAt = performance.now();
    const asked = [read('/api/list'), read('/api/list', { method: 'HEAD' }), read('/api/list')];
    expect(await Promise.all(asked)).toEqual([200, 200, 200]);
    // Two pauses, and three answers' worth of work.
    expect(answered[2]! - startedAt).toBeGreaterThanOrEqual(9 * WORK_MS - 10);
  });

  it('are answered after a request that fails, a client that leaves, and a stream that stays open', async () => {
    const leaving = new AbortController();
    const stream = await fetch(`${url}/api/events`);
    const first = read('/api/list');
    const left = read('/api/list', { signal: leaving.signal }).catch(() => 0);
    const broken = read('/api/broken');
    await delay(WORK_MS / 2);
    leaving.abort();
    const last = read('/api/list');
    expect(await Promise.all([first, left, broken, last])).toEqual([200, 0, 500, 200]);
    await stream.body?.cancel();
  });

  it('do not delay changes', async () => {
    const answers: string[] = [];
    const paths = ['list', 'list', 'list', 'list', 'list'];
    const lists = paths.map((path) => read(`/api/${path}`).then(() => answers.push(path)));
    expect(await read('/api/change', { method: 'POST' })).toBe(200);
    answers.push('change');
    await Promise.all(lists);
    // If the change had waited for its turn, it would be last.
    expect(answers.at(-1)).toBe('list');
  });
});
