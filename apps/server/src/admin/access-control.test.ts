import { hostname } from 'node:os';

import { describe, expect, it } from 'vitest';

import { type AccessRequest, type AccessSettings, createAccessControl } from './access-control.js';
import { rightsOf } from './admin-tokens.js';

const FULL = 'the-full-token-of-the-admin';
const READ = 'a-token-that-can-only-read';
const LAN = '192.0.2.77';

function request(changes: Partial<AccessRequest> = {}): AccessRequest {
  return {
    method: 'GET',
    headers: { host: '192.0.2.10:9069' },
    address: LAN,
    isOpen: false,
    rights: undefined,
    ...changes,
  };
}

function change(headers: AccessRequest['headers'] = {}, address = LAN): AccessRequest {
  return request({
    method: 'POST',
    address,
    headers: {
      host: '192.0.2.10:9069',
      'content-type': 'application/json',
      authorization: `Bearer ${FULL}`,
      ...headers,
    },
  });
}

/**
 * Returns an access control that derives the rights of each request from its token, as the admin plane does.
 */
function controlWith(settings: AccessSettings): ReturnType<typeof createAccessControl> {
  const refuse = createAccessControl(() => settings);
  return ({ rights, ...asked }) =>
    refuse({ ...asked, rights: rights ?? rightsOf(asked.headers.authorization, settings) });
}

const control = (): ReturnType<typeof createAccessControl> =>
  controlWith({ token: FULL, readToken: READ, hosts: ['pxe.example.org'] });

describe('access control', () => {
  it('answers open routes to anyone, but accepts no changes on them', () => {
    expect(control()(request({ isOpen: true }))).toBeUndefined();
    expect(control()(request({ isOpen: true, method: 'POST' }))?.status).toBe(401);
  });

  it.each([
    ['no token', {}, 401],
    ['a wrong token', { authorization: 'Bearer a-wrong-token-of-some-length' }, 401],
    ['part of a token', { authorization: `Bearer ${FULL.slice(0, -1)}` }, 401],
    ['an empty token', { authorization: 'Bearer ' }, 401],
    ['the read token', { authorization: `Bearer ${READ}` }, undefined],
    ['the full token', { authorization: `bearer ${FULL}` }, undefined],
  ])('answers reads over the network according to the token: %s', (_what, headers, status) => {
    expect(control()(request({ headers: { ...request().headers, ...headers } }))?.status).toBe(
      status,
    );
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1'])('answers reads from %s without a token', (address) => {
    const headers = { host: 'localhost:9069' };
    expect(control()(request({ address, headers }))).toBeUndefined();
    expect(controlWith({})(request({ address, headers }))).toBeUndefined();
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'])(
    'requires a token behind a proxy on this host: %s',
    (name) => {
      const headers = { host: 'localhost', [name]: '203.0.113.9' };
      expect(control()(request({ address: '127.0.0.1', headers }))?.status).toBe(401);
      const withToken = { ...headers, authorization: `Bearer ${READ}` };
      expect(control()(request({ address: '127.0.0.1', headers: withToken }))).toBeUndefined();
    },
  );

  it('refuses a wrong token on loopback too', () => {
    const headers = { host: 'localhost', authorization: 'Bearer a-wrong-token-of-some-length' };
    expect(control()(request({ address: '127.0.0.1', headers }))?.status).toBe(401);
  });

  it.each([
    ['without a token', { authorization: undefined }, 401],
    ['with the read token', { authorization: `Bearer ${READ}` }, 403],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['as plain text', { 'content-type': 'text/plain;application/json' }, 415],
    ['without a type', { 'content-type': undefined }, 415],
    ['with JSON', { 'content-type': 'application/json; charset=utf-8' }, undefined],
  ])('accepts changes only as JSON and with the full token: %s', (_what, headers, status) => {
    for (const address of [LAN, '127.0.0.1']) {
      expect(control()(change(headers, address))?.status).toBe(status);
    }
  });

  it.each([
    ['changes, without any token', {}, change({}, '127.0.0.1'), /no admin\.token; set it/],
    ['changes, with a read token', { readToken: READ }, change(), /no admin\.token; set it/],
    ['reads by other hosts', {}, request(), /no admin\.token or admin\.readToken.*set one/],
  ])('reports that no token is configured: %s', (_what, settings, asked, message) => {
    expect(controlWith(settings)(asked)).toEqual({
      status: 403,
      error: expect.stringMatching(message) as string,
    });
  });

  it('still answers requests from other hosts for health and metrics if no token is set', () => {
    expect(controlWith({})(request({ isOpen: true }))).toBeUndefined();
  });

  it.each([
    ['evil.example', 421],
    ['127.0.0.1.evil.example:9069', 421],
    ['evil.example@127.0.0.1', 421],
    ['localhost/evil.example', 421],
    ['localhost?evil.example', 421],
    ['localhost\\evil.example', 421],
    ['', 421],
    ['[::1]:9069', undefined],
    [`${hostname()}:9069`, undefined],
    ['PXE.example.org', undefined],
  ])('checks the Host of changes, and of reads without a token: %s', (host, status) => {
    expect(control()(change({ host }))?.status).toBe(status);
    expect(control()(request({ address: '127.0.0.1', headers: { host } }))?.status).toBe(status);
    const withToken = { host, authorization: `Bearer ${READ}` };
    expect(control()(request({ headers: withToken }))).toBeUndefined();
  });

  it.each([
    ['http://192.0.2.10:9069', undefined],
    ['https://pxe.example.org', undefined],
    ['http://192.0.2.10:8080', 403],
    ['http://192.0.2.66', 403],
    ['https://evil.example', 403],
    ['null', 403],
  ])('accepts no changes from pages on other sites: %s', (origin, status) => {
    expect(control()(change({ origin }))?.status).toBe(status);
  });

  it('accepts changes from the local user without a token, but not from a web page', () => {
    const local = { ...change({ authorization: undefined, host: 'x' }), rights: 'socket' as const };
    expect(control()(local)).toBeUndefined();
    const page = { ...local, headers: { ...local.headers, origin: 'https://evil.example' } };
    expect(control()(page)?.status).toBe(403);
  });

  it('stops checking tokens from an address after ten wrong ones', () => {
    const refuse = control();
    const ask = (token: string): number | undefined =>
      refuse(request({ headers: { authorization: `Bearer ${token}` } }))?.status;
    for (let guess = 0; guess < 10; guess++) {
      expect(ask(`guess-${guess}`)).toBe(401);
    }
    expect(ask(FULL)).toBe(429);
  });

  it('counts wrong tokens from all loopback addresses together', () => {
    const refuse = control();
    const ask = (address: string, token: string): number | undefined =>
      refuse(request({ address, headers: { authorization: `Bearer ${token}` } }))?.status;
    for (let guess = 0; guess < 9; guess++) {
      expect(ask(`127.0.${guess}.1`, `guess-${guess}`)).toBe(401);
    }
    expect(ask('::1', 'guess')).toBe(401);
    expect(ask('127.0.99.1', FULL)).toBe(429);
    expect(ask(LAN, FULL)).toBeUndefined();
  });
});
