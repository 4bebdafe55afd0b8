import fastifySwagger from '@fastify/swagger';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  type FastifyPluginAsyncZod,
  serializerCompiler,
  validatorCompiler,
} from '@fastify/type-provider-zod';
import { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import * as z from 'zod';

import { NetbootError, type NetbootErrorCode } from '@pxe/debian-netboot/catalog';

import { type AdminTokens } from '../admin/admin-tokens.js';
import { describedKeys } from '../config/describe.js';
import { needsRestart } from '../config/restart-keys.js';
import { type ServerConfig } from '../config/schema.js';
import { HostError } from '../installs/host-error.js';
import { type InstallService } from '../installs/install-service.js';
import { type BootEvents } from '../log/events.js';
import { type SelfCheckResult } from '../self-check/self-check.js';
import { type BootHistory } from '../state/boot-history.js';
import { describeStatistics } from './boot-statistics.js';
import { describeBoot, findMachine, pageOf, pageOfMachines } from './boot-view.js';
import { type EventStream } from './event-stream.js';
import { HOST_ERRORS, hostRoutes, type LogOf } from './host-routes.js';
import { describeImages, type ImageParts } from './image-view.js';
import { describeMenu, machineNamed, type MenuParts } from './menu-view.js';
import { answerInTurns } from './read-turns.js';
import {
  apiSchemas,
  bootDetail,
  bootQuery,
  configView,
  dhcpList,
  doctorView,
  errorBody,
  imageList,
  machine,
  machineQuery,
  menuQuery,
  menuView,
  pageOfBoots,
  pageOfMachines as machinePage,
  refreshStarted,
  rolledBack,
  serverView,
  statistics,
  statisticsQuery,
} from './schemas.js';
import { describeDhcp, describeServer, serverAddress, type ServerParts } from './server-view.js';

/** Components of the daemon that the API shows and controls. */
export interface ApiParts extends ImageParts, MenuParts, ServerParts {
  /** Returns the configuration in force. */
  readonly config: () => ServerConfig;
  /** Returns the place where each key of the configuration was set. */
  readonly origins: () => ReadonlyMap<string, string>;
  /** Returns the tokens in force. */
  readonly tokens: () => AdminTokens;
  readonly history: BootHistory;
  /** True if boots are remembered across restarts. */
  readonly isHistoryStored: boolean;
  readonly stream: EventStream;
  readonly events: Pick<BootEvents, 'unexpectedError'>;
  readonly installs: InstallService;
  /** Returns the result of the last self-check of this host. */
  readonly selfCheck: () => SelfCheckResult;
  /** Returns the log of an installation. */
  readonly logOf: LogOf;
}

/** Schema, and its form in the OpenAPI document. */
interface DescribedSchema {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: { description?: string };
}

/** Errors from the image store that the caller can act on, with their HTTP status. */
const STORE_ERRORS: Readonly<Partial<Record<NetbootErrorCode, 404 | 409>>> = {
  ERR_NETBOOT_NO_GENERATION: 404,
  ERR_NETBOOT_STORE_BUSY: 409,
  ERR_NETBOOT_STORE_READ_ONLY: 409,
};

const id = z.string().max(64);

/** Returns true for a request that may make changes. */
function mayChange({ rights }: Pick<FastifyRequest, 'rights'>): boolean {
  return rights === 'full' || rights === 'socket';
}

/** Adds the routes of `/api/v1` to the admin plane, which checks access. */
export async function addApi(app: FastifyInstance, parts: ApiParts): Promise<void> {
  await app.register(routes(parts), { prefix: '/api/v1' });
}

function routes(parts: ApiParts): FastifyPluginAsyncZod {
  const { history, stream, images } = parts;

  return async (api) => {
    api.setValidatorCompiler(validatorCompiler);
    api.setSerializerCompiler(serializerCompiler);
    api.setErrorHandler(async (error: FastifyError | NetbootError | HostError, _request, reply) => {
      const answer = errorAnswer(error);
      if (answer.status === 500) {
        parts.events.unexpectedError('api', error);
      }
      await reply.code(answer.status).send(answer.body);
    });
    api.setNotFoundHandler(async (request, reply) => {
      const error = `no route for ${request.method} ${request.url.split('?', 1)[0]}`;
      await reply.code(404).send({ error, hint: 'see /api/v1/openapi.json' });
    });
    answerInTurns(api, `${api.prefix}/events`);
    await describeApi(api, parts.version);

    api.get(
      '/server',
      {
        schema: {
          summary: 'Addresses of the daemon, progress of downloads, and the rights of this request',
          tags: ['server'],
          response: { 200: serverView },
        },
      },
      (request) => {
        const rights = mayChange(request) ? 'full' : 'read';
        const changes = parts.tokens().token === undefined ? 'unavailable' : 'token';
        return describeServer(parts, { rights, changes: rights === 'full' ? 'allowed' : changes });
      },
    );

    api.get(
      '/config',
      {
        schema: {
          summary: 'Configuration in force, with the place where each key was set',
          description:
            'Tokens, passwords in URLs, paths of hooks, profiles, and the values of variables are hidden.',
          tags: ['server'],
          response: { 200: configView },
        },
      },
      () => ({
        keys: describedKeys({ config: parts.config(), origins: parts.origins() }).map(
          ({ value, isSecret, ...facts }) => ({
            ...facts,
            ...(value === undefined ? {} : { value }),
            ...(isSecret ? { hidden: true } : {}),
            restart: needsRestart(facts.key),
          }),
        ),
      }),
    );

    api.get(
      '/doctor',
      {
        schema: {
          summary: 'Problems with this host that keep machines from booting',
          description:
            'The local part of `pxeboot doctor`: network, addresses, ports, images, access.allow, disk and clock.',
          tags: ['server'],
          response: { 200: doctorView },
        },
      },
      () => {
        const { checkedAt, findings } = parts.selfCheck();
        return {
          ...(checkedAt === undefined ? {} : { checkedAt: new Date(checkedAt).toISOString() }),
          findings: findings.map(({ evidence, ...finding }) => ({
            ...finding,
            evidence: [...evidence],
          })),
        };
      },
    );

    api.get(
      '/dhcp',
      {
        schema: {
          summary: 'Configuration for each kind of DHCP server',
          tags: ['server'],
          response: { 200: dhcpList, 409: errorBody },
        },
      },
      async (_request, reply) =>
        (await describeDhcp(parts, parts.store)) ??
        reply.code(409).send({
          error: 'there are no images yet, or this host has no IPv4 address',
          hint: 'the boot loaders that DHCP names come with the images',
        }),
    );

    api.get(
      '/machines',
      {
        schema: {
          summary: 'Machines that booted, most recently seen first',
          tags: ['boots'],
          querystring: machineQuery,
          response: { 200: machinePage, 400: errorBody },
        },
      },
      ({ query }) => pageOfMachines(history, query),
    );

    api.get(
      '/machines/:machine',
      {
        schema: {
          summary: 'One machine, by its MAC address, UUID or IP address',
          tags: ['boots'],
          params: z.object({ machine: id }),
          response: { 200: machine, 404: errorBody },
        },
      },
      async ({ params }, reply) =>
        (await findMachine(history, params.machine)) ??
        reply.code(404).send({ error: `no boots of ${params.machine}` }),
    );

    api.get(
      '/boots',
      {
        schema: {
          summary: 'Boots, newest first',
          tags: ['boots'],
          querystring: bootQuery,
          response: { 200: pageOfBoots, 400: errorBody },
        },
      },
      ({ query }) => pageOf(history, query),
    );

    api.get(
      '/boots/:id',
      {
        schema: {
          summary: 'One boot with its steps, diagnosis and evidence',
          tags: ['boots'],
          params: z.object({ id }),
          response: { 200: bootDetail, 404: errorBody },
        },
      },
      async ({ params }, reply) => {
        const [boot] = /^\d{1,15}$/.test(params.id) ? await history.boots([Number(params.id)]) : [];
        return boot === undefined
          ? reply.code(404).send({ error: `no boot ${params.id}` })
          : describeBoot(boot);
      },
    );

    api.get(
      '/statistics',
      {
        schema: {
          summary: 'Numbers, durations and bytes of boots over time',
          tags: ['boots'],
          querystring: statisticsQuery,
          response: { 200: statistics, 400: errorBody },
        },
      },
      ({ query }) => describeStatistics(history, query.range, parts.isHistoryStored, Date.now()),
    );

    await api.register(hostRoutes(parts.installs, parts.logOf, mayChange));

    api.get(
      '/images',
      {
        schema: {
          summary: 'Images with their age, proof, freshness and checks',
          tags: ['images'],
          response: { 200: imageList },
        },
      },
      () => describeImages(parts, Date.now()),
    );

    api.post(
      '/refresh',
      {
        schema: {
          summary: 'Refresh the images now',
          tags: ['images'],
          body: z.strictObject({}),
          response: { 202: refreshStarted, 409: errorBody, 503: errorBody },
        },
      },
      async (_request, reply) => {
        const status = images.refreshNow();
        if (status === 'stopping') {
          return reply.code(503).send({
            error: 'this daemon is stopping, so it cannot start a refresh',
            hint: 'try again when it is running',
          });
        }
        if (status === 'readOnly') {
          return reply.code(409).send({
            error: 'this daemon cannot write to its image store and does not refresh it',
            hint: 'run "pxeboot sync" where the store is writable',
          });
        }
        return reply.code(202).send({ status });
      },
    );

    api.post(
      '/rollback',
      {
        schema: {
          summary: 'Serve an earlier generation of images again',
          tags: ['images'],
          body: z.strictObject({
            generation: z
              .string()
              .max(64)
              .optional()
              .describe(
                'id of the generation; the newest earlier one with different images if absent',
              ),
          }),
          response: { 200: rolledBack, 404: errorBody, 409: errorBody },
        },
      },
      async ({ body }) => ({ served: (await images.rollback(body.generation)).id }),
    );

    api.get(
      '/menu',
      {
        schema: {
          summary: 'Menu that a machine would get now; the request has no effect on the machine',
          tags: ['server'],
          querystring: menuQuery,
          response: { 200: menuView, 400: errorBody, 404: errorBody, 409: errorBody },
        },
      },
      async ({ query, socket }, reply) => {
        const { served } = images;
        if (served === undefined) {
          return reply.code(409).send({ error: 'there are no images yet' });
        }
        const name = query.machine ?? '';
        const machine = name === '' ? {} : await machineNamed(name, parts.installs, history);
        if (machine === undefined) {
          const error = `${name} is not a host, a MAC address, a UUID or an IP address`;
          return reply.code(404).send({ error });
        }
        const localAddress = (await serverAddress(parts)) ?? socket.localAddress ?? '127.0.0.1';
        return (
          describeMenu(parts, served, query, machine, localAddress) ??
          reply.code(404).send({ error: `the store has no ${query.loader} for ${query.arch}` })
        );
      },
    );

    api.get(
      '/events',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'Live events of boots, hosts and images (text/event-stream)',
          description:
            'Events: `boot` {change, boot}, `hosts` {}: hosts or their installations have changed, `images` {type}, and `reset`: events were missed, so read the lists again. Send Last-Event-ID to resume. 503: too many clients.',
          tags: ['events'],
          headers: z.object({ 'last-event-id': z.string().max(64).optional() }),
          produces: ['text/event-stream'],
          response: { 200: z.string().describe('events until the client disconnects') },
        },
      },
      ({ headers }, reply) => {
        reply.hijack();
        if (!stream.hasRoom) {
          const head = {
            'Content-Type': 'application/json',
            'Retry-After': '10',
            Connection: 'close',
          };
          const error = 'too many clients are following the events';
          reply.raw.writeHead(503, head).end(JSON.stringify({ error }));
          return;
        }
        stream.attach(reply.raw, headers['last-event-id']);
      },
    );
  };
}

/** Settings that give the schemas in the OpenAPI document their names and descriptions. */
const generation = {
  schemaRegistry: apiSchemas,
  zodToJsonConfig: {
    // The names come from `apiSchemas`, but zod keeps descriptions in its global registry.
    override({ zodSchema, jsonSchema }: DescribedSchema) {
      const { description } = z.globalRegistry.get(zodSchema) ?? {};
      if (description !== undefined) {
        jsonSchema.description = description;
      }
    },
  },
};

/** Descriptions of error responses; the error itself is more specific. */
const ERROR_DESCRIPTIONS: Readonly<Record<string, string>> = {
  400: 'the request is not valid',
  403: 'the token of the request does not allow this',
  404: 'there is nothing with this name or id',
  409: 'not possible in the current state',
  503: 'the daemon cannot do this now',
};

const transformSchemas = createJsonSchemaTransform(generation);

/** Transforms the schemas of a route, and gives each of its responses its own description. */
const describeResponses: typeof transformSchemas = (route) => {
  const { schema, url } = transformSchemas(route);
  const zodSchemas = new Map(Object.entries(route.schema.response ?? {}));
  const response = Object.fromEntries(
    Object.entries(schema.response ?? {}).map(([status, jsonSchema]) => [
      status,
      {
        ...jsonSchema,
        description:
          ERROR_DESCRIPTIONS[status] ?? z.globalRegistry.get(zodSchemas.get(status))?.description,
      },
    ]),
  );
  return { schema: { ...schema, response }, url };
};

async function describeApi(
  api: Parameters<FastifyPluginAsyncZod>[0],
  version: string,
): Promise<void> {
  await api.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'pxeboot',
        version,
        description: 'Machines, boots, hosts and images of a pxeboot daemon.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'server' },
        { name: 'boots' },
        { name: 'hosts' },
        { name: 'images' },
        { name: 'events' },
      ],
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'admin.token, or admin.readToken for reads; reads on loopback need none',
          },
        },
      },
      security: [{ token: [] }],
    },
    transform: describeResponses,
    transformObject: createJsonSchemaTransformObject(generation),
  });
  api.get('/openapi.json', { schema: { hide: true } }, () => api.swagger());
}

function errorAnswer(error: FastifyError | NetbootError | HostError): {
  readonly status: number;
  readonly body: z.output<typeof errorBody>;
} {
  if (error instanceof NetbootError) {
    const { code, message, hint } = error;
    return {
      status: STORE_ERRORS[code] ?? 500,
      body: { error: message, code, ...(hint === undefined ? {} : { hint }) },
    };
  }
  if (error instanceof HostError) {
    const { code, message, hint } = error;
    return {
      status: HOST_ERRORS[code],
      body: { error: message, ...(hint === undefined ? {} : { hint }) },
    };
  }
  const { statusCode = 500, message } = error;
  return statusCode >= 500
    ? { status: 500, body: { error: 'unexpected error; see the log of the daemon' } }
    : { status: statusCode, body: { error: message } };
}
