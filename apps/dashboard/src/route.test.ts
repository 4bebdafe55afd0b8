import { describe, expect, it } from 'vitest';

import { linkTo, routeOf } from './route.js';

describe('routes', () => {
  it.each([
    ['', { page: 'overview' }],
    ['#/', { page: 'overview' }],
    ['#/boots', { page: 'boots' }],
    ['#/machines', { page: 'machines' }],
    ['#/machines/fe80%3A%3A1', { page: 'machine', machine: 'fe80::1' }],
    ['#/machines/100%', { page: 'machine', machine: '100%' }],
    ['#/hosts', { page: 'hosts' }],
    ['#/hosts/web1', { page: 'host', host: 'web1' }],
    ['#/settings', { page: 'settings' }],
    ['#/menu', { page: 'menu', machine: undefined }],
    ['#/menu/web1', { page: 'menu', machine: 'web1' }],
    ['#/menu/', { page: 'unknown' }],
    ['#/menu/a/b', { page: 'unknown' }],
    ['#/metrics', { page: 'metrics' }],
    ['#/machines/', { page: 'unknown' }],
    ['#/machines/a/b', { page: 'unknown' }],
    ['#/boots/7', { page: 'unknown' }],
    ['#/else', { page: 'unknown' }],
  ])('%s is read', (fragment, route) => {
    expect(routeOf(fragment)).toEqual(route);
  });

  it('lead back from links to the same page', () => {
    expect(routeOf(linkTo('machines', '52:54:00/..%2f'))).toEqual({
      page: 'machine',
      machine: '52:54:00/..%2f',
    });
    expect(routeOf(linkTo('overview'))).toEqual({ page: 'overview' });
  });
});
