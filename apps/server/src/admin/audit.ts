import { type FastifyInstance, type FastifyRequest } from 'fastify';

import { plainAddress } from '../access/allow-list.js';
import { isLoopback } from '../access/source-group.js';
import { type ChangeFacts } from '../log/events.js';
import { CHANGING } from './access-control.js';

/** Maximum number of body fields that are logged. */
const MAX_FIELDS = 16;

/**
 * Logs each change that is requested with a token or on the control socket, even if it is refused. Other
 * requests change nothing, and could fill the log.
 */
export function addAudit(app: FastifyInstance, onChange: (facts: ChangeFacts) => void): void {
  app.addHook('onRequest', async (request, reply) => {
    const { rights: token } = request;
    if (CHANGING.has(request.method) && token !== undefined) {
      const { remoteAddress = '' } = request.socket;
      // Not onResponse, which never runs if the client leaves before the request is answered.
      reply.raw.once('close', () => {
        onChange(factsOf(request, token, plainAddress(remoteAddress), reply.statusCode));
      });
    }
    return Promise.resolve();
  });
}

function factsOf(
  { method, url, body, query, headers }: FastifyRequest,
  token: ChangeFacts['token'],
  address: string,
  status: number,
): ChangeFacts {
  const given = { ...recordOf(query), ...recordOf(body) };
  const { by } = given;
  const forwarded = headers['x-forwarded-for'];
  return {
    token,
    address,
    // Anyone can send this header, so only a proxy on this host is believed.
    forwardedFor: isLoopback(address) && typeof forwarded === 'string' ? forwarded : undefined,
    by: typeof by === 'string' ? by : undefined,
    method,
    path: url.split('?', 1)[0] ?? '',
    fields: Object.keys(given)
      .filter((name) => name !== 'by')
      .slice(0, MAX_FIELDS),
    status,
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
