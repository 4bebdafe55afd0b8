import { serializerCompiler, validatorCompiler } from '@fastify/type-provider-zod';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { configSchema } from '../config/schema.js';
import { createInstallService, type KnownHost } from '../installs/install-service.js';
import { resolvable } from '../state/resolvable.js';
import { hostRoutes, pageOfHosts } from './host-routes.js';
import { hostQuery } from './schemas.js';

const host = (name: string): KnownHost => ({
  host: { name, match: { mac: '52:54:00:12:34:56' }, boot: 'menu' },
  isConfigured: true,
  install: undefined,
});
const names = ({ hosts }: ReturnType<typeof pageOfHosts>): string[] =>
  hosts.map(({ name }) => name);

describe('pageOfHosts', () => {
  const hosts = ['e', 'b', 'd', 'a', 'c'].map(host);

  it('returns every host exactly once, in the order in which they are matched', () => {
    const first = pageOfHosts(hosts, hostQuery.parse({ limit: 2 }));
    expect(names(first)).toEqual(['e', 'b']);
    const second = pageOfHosts(hosts, hostQuery.parse({ limit: 2, cursor: first.next }));
    expect(names(second)).toEqual(['d', 'a']);
    const last = pageOfHosts(hosts, hostQuery.parse({ limit: 2, cursor: second.next }));
    expect(last).toMatchObject({ hosts: [{ name: 'c' }] });
    expect(last.next).toBeUndefined();
  });

  it('continues at the same place when hosts were removed or added in the meantime', () => {
    const { next } = pageOfHosts(hosts, hostQuery.parse({ limit: 2 }));
    const query = hostQuery.parse({ limit: 2, cursor: next });
    const without = hosts.filter((known) => known.host.name !== 'b');
    expect(names(pageOfHosts(without, query))).toEqual(['d', 'a']);
    expect(names(pageOfHosts([host('new'), ...hosts], query))).toEqual(['d', 'a']);
  });

  it('refuses an invalid cursor', () => {
    expect(hostQuery.safeParse({ cursor: 'b' }).success).toBe(false);
    expect(hostQuery.safeParse({ limit: 501 }).success).toBe(false);
  });
});

describe('hostRoutes', () => {
  it('wait for the database, and answer without it if it cannot be opened', async () => {
    const tried = resolvable();
    const { unknown } = configSchema.parse({});
    const installs = createInstallService({
      settings: { hosts: [], unknown, templates: new Map(), entries: [], kernelArgs: '' },
      logger: { info: () => undefined, warn: () => undefined },
      isShared: false,
      databaseTried: tried.promise,
    });
    await using api = fastify();
    api.setValidatorCompiler(validatorCompiler);
    api.setSerializerCompiler(serializerCompiler);
    await api.register(
      hostRoutes(
        installs,
        () => undefined,
        () => true,
      ),
    );
    let hasAnswered = false;
    const answer = api.inject('/hosts').then((response) => {
      hasAnswered = true;
      return response;
    });
    // A route that does not wait for anything has answered by then.
    expect((await api.inject('/nothing')).statusCode).toBe(404);
    expect(hasAnswered).toBe(false);
    tried.resolve();
    expect((await answer).json()).toEqual({ hosts: [] });
    installs.close();
  });
});
