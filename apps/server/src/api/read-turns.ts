import { type FastifyInstance, type FastifyRequest } from 'fastify';

import { plainAddress } from '../access/allow-list.js';
import { FairTurns } from '../limits/fair-turns.js';

/** Pause after each request, as a multiple of the time that it took to answer it. */
const PAUSE_FACTOR = 3;

/**
 * Answers a plugin's read requests one at a time, with pauses, so that together they get at most a quarter of
 * the event loop's time: a list of 5,000 boots takes a tenth of a second, during which no machine is served,
 * and anyone on this host may request it in a loop. Sources take turns. Requests on the control socket, which
 * only this user and root can open, do not wait.
 *
 * @param stream - path of the stream of events, which stays open and is cheap
 */
export function answerInTurns(api: FastifyInstance, stream: string): void {
  const turns = new FairTurns(1);
  const begunAt = new WeakMap<FastifyRequest, number>();

  api.addHook('preHandler', async (request, reply) => {
    const { remoteAddress } = request.socket;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || request.routeOptions.url === stream || remoteAddress === undefined) {
      return;
    }
    await turns.take(plainAddress(remoteAddress));
    if (reply.raw.destroyed) {
      turns.give();
      reply.hijack();
      return;
    }
    begunAt.set(request, performance.now());
  });

  /** Ends the turn of a request if it has not ended yet. */
  function end(request: FastifyRequest): void {
    const at = begunAt.get(request);
    if (at === undefined || !begunAt.delete(request)) {
      return;
    }
    setTimeout(
      () => {
        turns.give();
      },
      (performance.now() - at) * PAUSE_FACTOR,
    ).unref();
  }

  // The response has already been serialised.
  api.addHook('onSend', async (request, _reply, payload) => {
    end(request);
    return Promise.resolve(payload);
  });
  api.addHook('onResponse', async (request) => {
    end(request);
    return Promise.resolve();
  });
}
