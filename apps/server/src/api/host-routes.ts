import { type FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import { type FastifyRequest } from 'fastify';
import * as z from 'zod';

import { type Install } from '../hosts/install.js';
import { type HostErrorCode } from '../installs/host-error.js';
import { type InstallService, type KnownHost } from '../installs/install-service.js';
import { type InstallerLog } from '../syslog/installer-logs.js';
import { partsOf } from './boot-view.js';
import {
  addedHost,
  armedHost,
  cancelRequest,
  changedHost,
  errorBody,
  hostLog,
  type HostQuery,
  hostQuery,
  hostView,
  installRequest,
  pageOfHosts as hostPage,
  preseedQuery,
  preseedView,
  profileList,
} from './schemas.js';

/** HTTP status for each error that a host command can fail with. */
export const HOST_ERRORS: Readonly<Record<HostErrorCode, 400 | 404 | 409 | 503>> = {
  'not-found': 404,
  conflict: 409,
  invalid: 400,
  unavailable: 503,
};

/** Returns the log of an installation by its id; undefined if none is known. */
export type LogOf = (install: string) => InstallerLog | undefined;

/** Name that a request is attributed to if it does not give one. */
const SOMEBODY = 'the API';

const params = z.object({ name: z.string().max(255) });
const removed = z
  .object({ removed: z.string().describe('its name') })
  .describe('the host that was removed');
const errors = { 400: errorBody, 404: errorBody, 409: errorBody, 503: errorBody };

/**
 * Returns the routes for hosts and their installations. Requests wait until the hosts in the database are known;
 * before that, a host might not be found, or might be added twice.
 */
export function hostRoutes(
  installs: InstallService,
  logOf: LogOf,
  isFull: (request: Pick<FastifyRequest, 'rights'>) => boolean,
): FastifyPluginCallbackZod {
  return (api, _options, done) => {
    api.addHook('onRequest', () => installs.whenKnown());
    addRoutes(api, installs, logOf, isFull);
    done();
  };
}

function addRoutes(
  api: Parameters<FastifyPluginCallbackZod>[0],
  installs: InstallService,
  logOf: LogOf,
  isFull: (request: Pick<FastifyRequest, 'rights'>) => boolean,
): void {
  const viewOf = (name: string): z.input<typeof hostView> | undefined => {
    const known = installs
      .hosts()
      .find(({ host }) => host.name.toLowerCase() === name.toLowerCase());
    return known && describeHost(known);
  };

  api.get(
    '/hosts',
    {
      schema: {
        summary: 'Hosts, with the state of their last installation',
        tags: ['hosts'],
        querystring: hostQuery,
        response: { 200: hostPage, 400: errorBody },
      },
    },
    ({ query }) => pageOfHosts(installs.hosts(), query),
  );

  api.get(
    '/hosts/:name',
    {
      schema: {
        summary: 'One host',
        tags: ['hosts'],
        params,
        response: { 200: hostView, 404: errorBody },
      },
    },
    async ({ params: { name } }, reply) =>
      viewOf(name) ?? reply.code(404).send({ error: `there is no host ${name}` }),
  );

  api.get(
    '/hosts/:name/log',
    {
      schema: {
        summary: "Last messages from a host's installer",
        description:
          'Anyone who can send datagrams from the address of the machine can add messages. Secrets are hidden.',
        tags: ['hosts'],
        params,
        response: { 200: hostLog, 404: errorBody },
      },
    },
    async ({ params: { name } }, reply) => {
      const known = installs
        .hosts()
        .find(({ host }) => host.name.toLowerCase() === name.toLowerCase());
      if (known === undefined) {
        return reply.code(404).send({ error: `there is no host ${name}` });
      }
      const { entries = [], forgotten = 0 } = (known.install && logOf(known.install.id)) ?? {};
      return {
        entries: entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
        forgotten,
      };
    },
  );

  api.post(
    '/hosts',
    {
      schema: {
        summary: 'Add a host',
        tags: ['hosts'],
        body: addedHost,
        response: { 201: hostView, ...errors },
      },
    },
    async ({ body: { by = SOMEBODY, ...host } }, reply) => {
      await installs.add(host, by);
      const view = viewOf(host.name);
      return view === undefined
        ? reply.code(404).send({ error: `${host.name} was removed in the meantime` })
        : reply.code(201).send(view);
    },
  );

  api.patch(
    '/hosts/:name',
    {
      schema: {
        summary: 'Change a host that was added at run time',
        tags: ['hosts'],
        params,
        body: changedHost,
        response: { 200: hostView, ...errors },
      },
    },
    async ({ params: { name }, body: { by = SOMEBODY, ...change } }, reply) => {
      await installs.change(name, change, by);
      return viewOf(name) ?? reply.code(404).send({ error: `${name} was removed in the meantime` });
    },
  );

  api.get(
    '/profiles',
    {
      schema: {
        summary: 'Profiles that hosts are installed from',
        tags: ['hosts'],
        response: { 200: profileList },
      },
    },
    () => ({
      profiles: installs
        .profiles()
        .map(({ variables, ...profile }) => ({ ...profile, variables: [...variables] })),
    }),
  );

  api.get(
    '/hosts/:name/preseed',
    {
      schema: {
        summary: 'Preseed of a host and its problems',
        description:
          'Needs admin.token, even on loopback, or the socket in dataDir: its commands may contain secrets.',
        tags: ['hosts'],
        params,
        querystring: preseedQuery,
        response: { 200: preseedView, 403: errorBody, ...errors },
      },
    },
    async ({ params: { name }, query: { profile }, rights }, reply) => {
      if (!isFull({ rights })) {
        return reply.code(403).send({
          error:
            'the commands of a preseed may contain secrets, so it is shown only with admin.token',
        });
      }
      const { text, findings } = installs.preseedOf(name, profile);
      return { text, findings: [...findings] };
    },
  );

  api.delete(
    '/hosts/:name',
    {
      schema: {
        summary: 'Remove a host that was added at run time, and cancel its installation',
        tags: ['hosts'],
        params,
        querystring: cancelRequest,
        response: { 200: removed, ...errors },
      },
    },
    async ({ params: { name }, query: { by = SOMEBODY } }) => {
      await installs.remove(name, by);
      return { removed: name };
    },
  );

  api.post(
    '/hosts/:name/install',
    {
      schema: {
        summary: 'Install a host at its next boot, once',
        tags: ['hosts'],
        params,
        body: installRequest,
        response: { 200: armedHost, ...errors },
      },
    },
    async ({ params: { name }, body: { by = SOMEBODY, profile, retries } }, reply) => {
      const { passphrase, findings } = await installs.install(name, { profile, retries }, by);
      const host = viewOf(name);
      if (host === undefined) {
        return reply.code(404).send({ error: `${name} was removed in the meantime` });
      }
      return { host, ...(passphrase !== undefined && { passphrase }), findings: [...findings] };
    },
  );

  api.post(
    '/hosts/:name/cancel',
    {
      schema: {
        summary: 'Cancel the installation of a host, or clear the result of its last installation',
        tags: ['hosts'],
        params,
        body: cancelRequest,
        response: { 200: hostView, ...errors },
      },
    },
    async ({ params: { name }, body: { by = SOMEBODY } }, reply) => {
      await installs.cancel(name, by);
      return viewOf(name) ?? reply.code(404).send({ error: `${name} was removed in the meantime` });
    },
  );
}

/**
 * Returns one page of hosts, in the order of the configuration. The cursor contains the name and the position
 * of the last host; if that host has since been removed, the next page begins at its position.
 */
export function pageOfHosts(
  hosts: readonly KnownHost[],
  { limit, cursor }: HostQuery,
): z.input<typeof hostPage> {
  const start = cursor === undefined ? 0 : placeAfter(hosts, cursor);
  const page = hosts.slice(start, start + limit);
  const last = page.at(-1);
  const end = start + page.length;
  return {
    hosts: page.map(describeHost),
    ...(last === undefined || end === hosts.length ? {} : { next: `${end}.${last.host.name}` }),
  };
}

function placeAfter(hosts: readonly KnownHost[], cursor: string): number {
  const [place, name] = partsOf(cursor);
  const index = hosts.findIndex(({ host }) => host.name === name);
  return index === -1 ? Math.max(0, place - 1) : index + 1;
}

function describeHost({ host, isConfigured, install }: KnownHost): z.input<typeof hostView> {
  const { variables, ...settings } = host;
  return {
    ...settings,
    ...(variables !== undefined && { variables: Object.keys(variables) }),
    source: isConfigured ? 'file' : 'state',
    ...(install !== undefined && { install: describeInstall(install) }),
  };
}

function describeInstall({
  state,
  profile,
  retries,
  expiresAt,
  hostKeys,
  steps,
}: Install): NonNullable<z.input<typeof hostView>['install']> {
  return {
    state,
    profile,
    retries,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    ...(hostKeys !== undefined && { hostKeys: [...hostKeys] }),
    steps: steps.map((step) => ({ ...step, at: new Date(step.at).toISOString() })),
  };
}
