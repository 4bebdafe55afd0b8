import { describe, expect, it } from 'vitest';

import { CHART, HELMS } from './support/chart.js';

describe.each(HELMS)('helm $major', (helm) => {
  const refusal = async (values: object, ...more: string[]): Promise<string> => {
    const { exitCode, stderr } = await helm.template(CHART, { values, arguments: more });
    expect(exitCode).toBe(1);
    return stderr;
  };

  it.each<[string, object, RegExp]>([
    ['a key with a typo', { replicaCont: 2 }, /replicaCont/],
    ['a key with a typo in a section', { service: { anotations: {} } }, /anotations/],
    ['a wrong type', { replicaCount: '3' }, /replicaCount[\s\S]*integer/],
    ['a number of pods below zero', { replicaCount: -1 }, /replicaCount/],
    ['an unknown network mode', { network: { mode: 'loadBalancer' } }, /hostNetwork/],
    ['an invalid port', { ports: { http: 80690 } }, /ports[\s\S]*http/],
    ['a probe with its own request', { probes: { liveness: { httpGet: {} } } }, /httpGet/],
    ['an unknown kind of store', { persistence: { type: 'pvc' } }, /emptyDir/],
    ['an unknown kind of workload', { kind: 'StatefulSet' }, /kind/],
    ['a budget of no pods', { podDisruptionBudget: { maxUnavailable: 0 } }, /maxUnavailable/],
    ['a budget of no percent', { podDisruptionBudget: { maxUnavailable: '0%' } }, /maxUnavailable/],
    ['half a digest', { image: { digest: 'sha256:abc' } }, /digest/],
    ['a token that is too short', { admin: { token: 'short' } }, /token/],
    ["a typo in the daemon's configuration", { config: { menu: { titel: 'x' } } }, /titel/],
    ["a wrong value in the daemon's configuration", { config: { log: { level: 1 } } }, /level/],
    ['a label that is not a string', { nodeSelector: { allowed: true } }, /nodeSelector/],
  ])('refuses %s by its schema', async (_name, values, message) => {
    expect(await refusal(values)).toMatch(message);
  });

  it.each<[string, object, string]>([
    [
      'an update that could never finish',
      { replicaCount: 2, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      'maxUnavailable 0 never finishes',
    ],
    [
      'an update that could never finish, in percent',
      { replicaCount: 2, updateStrategy: { rollingUpdate: { maxUnavailable: '0%' } } },
      'maxUnavailable 0% of 2 pods never finishes',
    ],
    [
      'an update whose percentage is less than one pod',
      { replicaCount: 3, updateStrategy: { rollingUpdate: { maxUnavailable: '25%' } } },
      'maxUnavailable 25% of 3 pods never finishes',
    ],
    [
      'an update with the default percentage of Kubernetes, which is less than one pod',
      { replicaCount: 3, updateStrategy: { type: 'RollingUpdate' } },
      'maxUnavailable 25% of 3 pods never finishes',
    ],
    [
      'an update strategy that a Deployment lacks',
      { updateStrategy: { type: 'OnDelete' } },
      'OnDelete needs kind DaemonSet',
    ],
    [
      'an update strategy that a DaemonSet lacks',
      { kind: 'DaemonSet', updateStrategy: { type: 'Recreate' } },
      'Recreate needs kind Deployment',
    ],
    [
      'TFTP on a port that firmware does not use',
      { config: { tftp: { listen: ['192.0.2.1:6969'] } } },
      'config.tftp.listen is 192.0.2.1:6969',
    ],
    [
      'TFTP on another port of an IPv6 address',
      { config: { tftp: { listen: '[2001:db8::1]:70' } } },
      'config.tftp.listen is [2001:db8::1]:70',
    ],
    [
      'a time for transfers other than the grace period',
      { config: { drain: { timeout: '5m' } } },
      'set terminationGracePeriodSeconds',
    ],
    [
      'a wait as long as the grace period',
      { config: { drain: { lameDuck: '55s' } } },
      'leaves no time for transfers',
    ],
    ['a wait in minutes', { config: { drain: { lameDuck: '1m' } } }, 'write it in seconds'],
    [
      'two databases',
      {
        config: { state: { url: 'postgres://db.example/boot' } },
        database: { existingSecret: { name: 'mine' } },
      },
      'both choose the database',
    ],
    ['one port for two', { ports: { http: 8000, admin: 8000 } }, 'are both 8000'],
    ['a claim without a name', { persistence: { type: 'existingClaim' } }, 'name the claim'],
    [
      'a claim that would not be used',
      { persistence: { existingClaim: 'images' } },
      'set it to existingClaim',
    ],
    ['a data directory in config', { config: { dataDir: '/srv' } }, 'use persistence'],
    [
      'an address of logs in config',
      { config: { syslog: { listen: ['auto:514'] } } },
      'set ports.syslog',
    ],
    ['an HTTP address in config', { config: { http: { listen: ['*:80'] } } }, 'set ports.http'],
    ['an admin address in config', { config: { admin: { listen: ['*:90'] } } }, 'set ports.admin'],
    [
      'the password of a mirror in config, which is public',
      { config: { source: { url: ['http://a.example/', 'https://user:secret@b.example/'] } } },
      'keep the URL in a Secret',
    ],
    [
      'the password of a database in config, which is public',
      { config: { state: { url: 'postgres://pxeboot:secret@db.example/pxeboot' } } },
      'name that in database.existingSecret',
    ],
    [
      'two sources of the token',
      { admin: { token: 'correct-horse-battery', existingSecret: { name: 'mine' } } },
      'keep one',
    ],
  ])('refuses %s with a hint', async (_name, values, message) => {
    expect(await refusal(values)).toContain(message);
    expect(await refusal(values, '--skip-schema-validation')).toContain(message);
  });

  it('accepts a database without a password in its URL', async () => {
    const values = { config: { state: { url: 'postgres://pxeboot@db.example/pxeboot' } } };
    expect((await helm.template(CHART, { values })).stderr).toBe('');
  });

  it('accepts the additions of a parent chart', async () => {
    const values = { global: { region: 'north' }, enabled: true };
    expect((await helm.template(CHART, { values })).stderr).toBe('');
  });
});
