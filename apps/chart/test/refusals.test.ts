import { describe, expect, it } from 'vitest';

import { CHART, HELMS } from './support/chart.js';

/** Second network with an address that only one pod may have. */
const FIXED = [{ name: 'boot', ips: ['192.0.2.10/24'] }];

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
    ['an unknown network mode', { network: { mode: 'loadBalancer' } }, /hostNetwork|network/],
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
    ['a name that is not a DNS name', { fullnameOverride: 'PXE_boot' }, /fullnameOverride/],
    ['a name of a Secret with blanks', { admin: { existingSecret: { name: 'a b' } } }, /name/],
    ['a key that a Secret cannot have', { database: { existingSecret: { key: 'a/b' } } }, /key/],
    ['a quantity that is not one', { persistence: { claim: { size: '8 GB' } } }, /size/],
    ['a limit that is not a quantity', { resources: { limits: { memory: '512MB' } } }, /memory/],
    ['a misspelt kind of resources', { resources: { limit: {} } }, /limit/],
    ['a relative path', { persistence: { hostPath: { path: 'srv/pxeboot' } } }, /path/],
    ['a path with steps back', { persistence: { hostPath: { path: '/srv/../etc' } } }, /path/],
    ['a label value with a blank', { commonLabels: { team: 'two words' } }, /team/],
    ['a label value of 64 characters', { podLabels: { team: 't'.repeat(64) } }, /team/],
    ['a label name with two slashes', { service: { labels: { 'a/b/c': 'd' } } }, /a\/b\/c/],
    ['an annotation name with a blank', { podAnnotations: { 'a b': 'c' } }, /a b/],
    ['a tag with a slash', { image: { tag: 'v1/2' } }, /tag/],
    ['a repository with a blank', { image: { repository: 'ghcr.io/pxe boot' } }, /repository/],
    [
      'a number of successes for liveness',
      { probes: { liveness: { successThreshold: 2 } } },
      /successThreshold/,
    ],
    ['a misspelt update strategy', { updateStrategy: { rollingupdate: {} } }, /rollingupdate/],
    ['a container name with capitals', { extraContainers: [{ name: 'Side' }] }, /name/],
    ['a variable name with a blank', { extraEnv: [{ name: 'A B' }] }, /name/],
    ['a subnet without a length', { networkPolicy: { clients: ['192.0.2.1'] } }, /clients/],
    ...['a.example:80', 'a..example', '192.0.2.300', '192.0.2', '2001:db8:69', '1::2::3'].map(
      (address): [string, object, RegExp] => [
        `the address ${address} of a load balancer`,
        { network: { mode: 'service', service: { address } } },
        /address/,
      ],
    ),
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
      'an update that waits for a volume of one node',
      {
        network: { mode: 'service', service: { address: '192.0.2.69' } },
        persistence: { type: 'claim' },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      },
      'maxUnavailable 0 never finishes if the new pod is on another node',
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
      'ProxyDHCP behind host ports',
      { network: { mode: 'hostPort' }, config: { proxyDhcp: { enabled: true } } },
      'config.proxyDhcp cannot work in network mode hostPort: the broadcasts of machines do not reach',
    ],
    [
      'ProxyDHCP behind a load balancer',
      {
        network: { mode: 'service', service: { address: '192.0.2.69' } },
        config: { proxyDhcp: { enabled: true } },
      },
      'config.proxyDhcp cannot work in network mode service',
    ],
    [
      "ProxyDHCP on the cluster's interface",
      {
        network: { mode: 'pod', pod: { networks: 'boot' } },
        config: { proxyDhcp: { enabled: true } },
      },
      'name the one of the machines in config.proxyDhcp.interfaces',
    ],
    [
      'a TFTP address behind host ports',
      { network: { mode: 'hostPort' }, config: { tftp: { listen: ['auto'] } } },
      'config.tftp.listen is set by the chart in network mode hostPort',
    ],
    [
      'a port for each transfer behind NAT',
      { network: { mode: 'hostPort' }, config: { tftp: { singlePort: false } } },
      'NAT drops what does not come from port 69',
    ],
    [
      "a node's address of an unknown family",
      { network: { mode: 'hostPort' }, service: { ipFamilies: ['IPv6', 'IPv4'] } },
      'set config.advertise',
    ],
    [
      'a load balancer without an address',
      { network: { mode: 'service' } },
      'set network.service.address',
    ],
    [
      'an address of a load balancer that would not be used',
      { network: { service: { address: '192.0.2.69' } } },
      'network.service.address is set, but network.mode is hostNetwork',
    ],
    ['a second network without a name', { network: { mode: 'pod' } }, 'in network.pod.networks'],
    [
      'one address for several pods',
      { network: { mode: 'pod', pod: { networks: FIXED } }, replicaCount: 2 },
      'which several pods cannot share',
    ],
    [
      'one hardware address for the pods of a DaemonSet, in JSON',
      {
        network: {
          mode: 'pod',
          pod: { networks: ' [{"name": "boot", "mac": "02:00:00:00:00:01"}]' },
        },
        kind: 'DaemonSet',
      },
      'which several pods cannot share',
    ],
    [
      'an update with two pods of one address',
      {
        network: { mode: 'pod', pod: { networks: FIXED } },
        updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      },
      'set it to Recreate',
    ],
    [
      'a second network that would not be used',
      { network: { pod: { networks: 'boot' } } },
      'network.pod.networks is set, but network.mode is hostNetwork',
    ],
    [
      'hosts by address where all machines have the addresses of nodes',
      {
        network: {
          mode: 'service',
          service: { address: '192.0.2.69', externalTrafficPolicy: 'Cluster' },
        },
        config: { hosts: [{ name: 'web', match: { ip: '192.0.2.7' } }] },
      },
      'config.hosts[0] matches an address',
    ],
    [
      'a NetworkPolicy for the host network',
      { networkPolicy: { enabled: true } },
      'no effect on pods on the host network',
    ],
    [
      'a DNS name for the addresses of pods behind a load balancer',
      {
        network: { mode: 'service', service: { address: '192.0.2.69' } },
        service: { annotations: { 'external-dns.kubernetes.io/hostname': 'boot.example.com' } },
      },
      'set it in network.service.annotations',
    ],
    [
      'a DNS policy of the host network elsewhere',
      { network: { mode: 'hostPort' }, dnsPolicy: 'ClusterFirstWithHostNet' },
      'is for the host network',
    ],
    ['a DNS policy without servers', { dnsPolicy: 'None' }, 'needs dnsConfig.nameservers'],
    [
      'two families in a Service of one',
      { service: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] } },
      'set it to PreferDualStack',
    ],
    [
      'a volume of one node for several pods',
      { replicaCount: 2, persistence: { type: 'claim' } },
      'several pods cannot share across nodes',
    ],
    [
      'an access mode that excludes others',
      {
        persistence: {
          type: 'claim',
          claim: { accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] },
        },
      },
      'only by itself',
    ],
    [
      'an update that replaces no pod',
      {
        network: { mode: 'service', service: { address: '192.0.2.69' } },
        updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
      },
      'are both 0',
    ],
    [
      'settings of another update strategy',
      { updateStrategy: { type: 'Recreate', rollingUpdate: { maxUnavailable: 1 } } },
      'but the type is Recreate',
    ],
    ['logs on the port of TFTP', { ports: { syslog: 69 } }, 'which TFTP or ProxyDHCP uses'],
    [
      'a variable twice',
      {
        extraEnv: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      'extraEnv: name A is used twice',
    ],
    [
      "an annotation of the chart's own",
      { podAnnotations: { 'checksum/config': 'x' } },
      'checksum/config is set by the chart',
    ],
    [
      'two lists of networks',
      {
        network: { mode: 'pod', pod: { networks: 'boot' } },
        podAnnotations: { 'k8s.v1.cni.cncf.io/networks': 'storage' },
      },
      'add the network to network.pod.networks',
    ],
    [
      "a volume with the chart's name",
      { extraVolumes: [{ name: 'data' }] },
      'name data is used twice',
    ],
    [
      "a mount in the chart's place",
      { extraVolumeMounts: [{ name: 'x', mountPath: '/etc/pxeboot' }] },
      'mountPath /etc/pxeboot is used twice',
    ],
    [
      "a container with the daemon's name",
      { extraContainers: [{ name: 'pxeboot', image: 'x' }] },
      'name pxeboot is used twice',
    ],
    [
      'two monitors of the same pods',
      { metrics: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } } },
      'would scrape each pod twice',
    ],
    [
      'a monitor of a Service that does not exist',
      { service: { enabled: false }, metrics: { serviceMonitor: { enabled: true } } },
      'needs the headless Service',
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

  it.each(['1pxe', 'pxe.boot'])(
    'refuses release %s, whose Services it could not name',
    async (release) => {
      const { exitCode, stderr } = await helm.template(CHART, { release });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('set fullnameOverride');
      const values = { fullnameOverride: 'pxeboot' };
      expect((await helm.template(CHART, { release, values })).stderr).toBe('');
    },
  );

  it('accepts a database without a password in its URL', async () => {
    const values = { config: { state: { url: 'postgres://pxeboot@db.example/pxeboot' } } };
    expect((await helm.template(CHART, { values })).stderr).toBe('');
  });

  it('accepts an update without an interruption if several nodes may have the volume', async () => {
    const claims = [
      { type: 'claim', claim: { accessModes: ['ReadWriteMany'] } },
      { type: 'existingClaim', existingClaim: 'images' },
    ];
    for (const persistence of claims) {
      const values = {
        network: { mode: 'service', service: { address: '192.0.2.69' } },
        persistence,
        updateStrategy: { rollingUpdate: { maxUnavailable: 0 } },
      };
      expect((await helm.template(CHART, { values })).stderr).toBe('');
    }
  });

  it('accepts the additions of a parent chart', async () => {
    const values = { global: { region: 'north' }, enabled: true };
    expect((await helm.template(CHART, { values })).stderr).toBe('');
  });
});
