import { type v1 } from 'kubernetes-models';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { CHART, HELMS } from './support/chart.js';
import { allOf, podTemplateOf, theOnly } from './support/kinds.js';

const BALANCED = { mode: 'service', service: { address: '192.0.2.69' } };

/** Part of `pxeboot.yaml` that depends on the network mode. */
interface NetworkConfig {
  readonly advertise?: string;
  readonly tftp?: object;
  readonly drain?: object;
}

function portsOf(service: v1.IService): string[] {
  return service.spec!.ports!.map(
    ({ port, targetPort, protocol }) => `${port}>${targetPort}/${protocol}`,
  );
}

describe.each(HELMS)('helm $major', (helm) => {
  const render = (values: object) => helm.render(CHART, { values });
  const podOf = async (values: object) => podTemplateOf(await render(values)).spec!;
  const configOf = async (values: object) => {
    const { data } = theOnly(await render(values), 'ConfigMap');
    return parse(data!['pxeboot.yaml']!) as NetworkConfig;
  };

  describe('network mode hostPort', () => {
    it('maps the ports for machines from the node, and binds no privileged one', async () => {
      const pod = await podOf({ network: { mode: 'hostPort' } });
      expect(pod.hostNetwork).toBeUndefined();
      expect(pod.dnsPolicy).toBe('ClusterFirst');
      expect(pod.containers[0]!.ports).toEqual([
        { name: 'tftp', containerPort: 6969, hostPort: 69, protocol: 'UDP' },
        { name: 'http', containerPort: 8069, hostPort: 8069, protocol: 'TCP' },
        { name: 'admin', containerPort: 9069, protocol: 'TCP' },
        { name: 'syslog', containerPort: 5514, hostPort: 5514, protocol: 'UDP' },
      ]);
      expect((await configOf({ network: { mode: 'hostPort' } })).tftp).toEqual({
        listen: ['auto:6969'],
      });
    });

    it.each([
      [[], 'http://$(NODE_ADDRESS):8069'],
      [null, 'http://$(NODE_ADDRESS):8069'],
      [['IPv4', 'IPv6'], 'http://$(NODE_ADDRESS):8069'],
      [['IPv6'], 'http://[$(NODE_ADDRESS)]:8069'],
    ])("advertises the node's address with IP families %j", async (ipFamilies, value) => {
      const pod = await podOf({ network: { mode: 'hostPort' }, service: { ipFamilies } });
      expect(pod.containers[0]!.env).toEqual([
        { name: 'NODE_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
        { name: 'PXEBOOT_ADVERTISE', value },
      ]);
    });

    it("advertises the user's address if there is one", async () => {
      const config = { advertise: 'http://boot.example.com:8069' };
      const service = { ipFamilies: ['IPv6', 'IPv4'] };
      const pod = await podOf({ network: { mode: 'hostPort' }, service, config });
      expect(pod.containers[0]!.env).toBeUndefined();
      expect(await configOf({ network: { mode: 'hostPort' }, config })).toMatchObject(config);
    });

    it.each(['external-dns.alpha.kubernetes.io/', 'external-dns.kubernetes.io/'])(
      'has %s publish the addresses of nodes',
      async (prefix) => {
        const annotations = { [`${prefix}hostname`]: 'tftp.example.com' };
        const service = { annotations };
        const behind = theOnly(await render({ network: { mode: 'hostPort' }, service }), 'Service');
        expect(behind.metadata!.annotations).toEqual({
          ...annotations,
          [`${prefix}endpoints-type`]: 'HostIP',
        });
        expect(theOnly(await render({ service }), 'Service').metadata!.annotations).toEqual(
          annotations,
        );
      },
    );

    it('replaces pods without surge', async () => {
      const strategyOf = async (values: object) =>
        theOnly(await render({ network: { mode: 'hostPort' }, ...values }), 'Deployment').spec!
          .strategy;
      expect(await strategyOf({})).toEqual({ type: 'Recreate', rollingUpdate: null });
      expect(await strategyOf({ replicaCount: 2 })).toMatchObject({
        rollingUpdate: { maxSurge: 0 },
      });
    });
  });

  describe('network mode service', () => {
    it('adds a second Service for machines, and keeps the headless one', async () => {
      const services = allOf(await render({ network: BALANCED }), 'Service');
      const [boot, headless] = services;
      expect(services).toHaveLength(2);
      expect(boot!.metadata!.name).toBe('pxeboot-boot');
      expect(portsOf(boot!)).toEqual(['69>tftp/UDP', '5514>syslog/UDP', '8069>http/TCP']);
      // Kubernetes 1.20 refuses fields that it does not know, so the newer ones must be absent.
      expect(Object.keys(boot!.spec!).sort()).toEqual([
        'externalTrafficPolicy',
        'loadBalancerIP',
        'ports',
        'selector',
        'sessionAffinity',
        'type',
      ]);
      expect(boot!.spec).toMatchObject({
        type: 'LoadBalancer',
        loadBalancerIP: '192.0.2.69',
        externalTrafficPolicy: 'Local',
        sessionAffinity: 'ClientIP',
        selector: headless!.spec!.selector,
      });
      expect(headless!.metadata!.name).toBe('pxeboot');
      expect(headless!.spec!.clusterIP).toBe('None');
    });

    it("gives a Service's own labels precedence over common ones, and the chart's over both", async () => {
      const labels = { team: 'boot', 'app.kubernetes.io/component': 'balancer' };
      const manifests = await render({
        commonLabels: { team: 'infrastructure' },
        network: { mode: 'service', service: { ...BALANCED.service, labels } },
      });
      const [boot, headless] = allOf(manifests, 'Service');
      expect(boot!.metadata!.labels).toEqual({ ...headless!.metadata!.labels, team: 'boot' });
      expect(headless!.metadata!.labels).toMatchObject({
        team: 'infrastructure',
        'app.kubernetes.io/component': 'server',
      });
    });

    it('splits UDP and TCP into separate Services for load balancers that need it', async () => {
      const annotations = { 'metallb.io/allow-shared-ip': 'boot' };
      const service = { ...BALANCED.service, split: true, annotations };
      const services = allOf(await render({ network: { mode: 'service', service } }), 'Service');
      expect(services.map(({ metadata }) => metadata!.name)).toEqual([
        'pxeboot-boot',
        'pxeboot-boot-tcp',
        'pxeboot',
      ]);
      expect(portsOf(services[0]!)).toEqual(['69>tftp/UDP', '5514>syslog/UDP']);
      expect(portsOf(services[1]!)).toEqual(['8069>http/TCP']);
      for (const { metadata, spec } of services.slice(0, 2)) {
        expect(metadata!.annotations).toEqual(annotations);
        expect(spec!.loadBalancerIP).toBe('192.0.2.69');
      }
    });

    it.each([
      ['192.0.2.69', 'http://192.0.2.69:8069', '192.0.2.69'],
      ['2001:db8::69', 'http://[2001:db8::69]:8069', '2001:db8::69'],
      ['boot.example.com', 'http://boot.example.com:8069', undefined],
    ])('advertises the address %s', async (address, advertise, loadBalancerIP) => {
      const network = { mode: 'service', service: { address } };
      expect((await configOf({ network })).advertise).toBe(advertise);
      const [boot] = allOf(await render({ network }), 'Service');
      expect(boot!.spec!.loadBalancerIP).toBe(loadBalancerIP);
    });

    it('serves TFTP from one unprivileged port, without windows', async () => {
      const { tftp } = await configOf({ network: BALANCED });
      expect(tftp).toEqual({ listen: ['auto:6969'], maxBlockSize: 1428, maxWindowSize: 1 });
      const pod = await podOf({ network: BALANCED });
      expect(pod.hostNetwork).toBeUndefined();
      expect(pod.containers[0]!.ports!.map(({ hostPort }) => hostPort)).toEqual(
        pod.containers[0]!.ports!.map(() => undefined),
      );
    });

    it('accepts machines while the load balancer learns that a pod is stopping', async () => {
      expect((await configOf({ network: BALANCED })).drain).toEqual({
        lameDuck: '5s',
        timeout: '50s',
      });
      const config = { drain: { lameDuck: '10s' } };
      expect((await configOf({ network: BALANCED, config })).drain).toEqual({
        lameDuck: '10s',
        timeout: '45s',
      });
    });

    it('starts a new pod before it stops the old one, unless they need the same volume', async () => {
      const strategyOf = async (values: object) =>
        theOnly(await render({ network: BALANCED, ...values }), 'Deployment').spec!.strategy;
      const surge = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
      expect(await strategyOf({})).toEqual(surge);
      expect(await strategyOf({ persistence: { type: 'claim' } })).toMatchObject({
        type: 'Recreate',
      });
      const claim = { accessModes: ['ReadWriteMany'] };
      expect(await strategyOf({ persistence: { type: 'claim', claim } })).toEqual(surge);
    });

    it("passes on newer settings of the load balancer, and the Service's IP families", async () => {
      const service = {
        address: '192.0.2.69',
        loadBalancerClass: 'example.com/internal',
        allocateLoadBalancerNodePorts: false,
        loadBalancerSourceRanges: ['192.0.2.0/24'],
        externalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
      };
      const manifests = await render({
        network: { mode: 'service', service },
        service: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      });
      const { address: _, ...passedOn } = service;
      expect(allOf(manifests, 'Service')[0]!.spec).toMatchObject({
        ...passedOn,
        ipFamilyPolicy: 'PreferDualStack',
        ipFamilies: ['IPv4', 'IPv6'],
      });
    });

    it('is tested at each pod and through the Service', async () => {
      const pod = theOnly(await render({ network: BALANCED }), 'Pod');
      expect(JSON.parse(pod.spec!.containers[0]!.args!.at(-1)!)).toMatchObject({
        service: 'pxeboot.netboot.svc',
        loadBalanced: 'pxeboot-boot.netboot.svc',
        ports: { tftp: 6969, http: 8069, admin: 9069 },
      });
    });
  });

  describe('network mode pod', () => {
    it.each([
      ['boot@net1', 'boot@net1'],
      [[{ name: 'boot', ips: ['192.0.2.10/24'] }], '[{"ips":["192.0.2.10/24"],"name":"boot"}]'],
    ])('asks Multus for the network %j', async (networks, annotation) => {
      const values = { network: { mode: 'pod', pod: { networks } } };
      const { metadata, spec } = podTemplateOf(await render(values));
      expect(metadata!.annotations!['k8s.v1.cni.cncf.io/networks']).toBe(annotation);
      expect(spec!.hostNetwork).toBeUndefined();
      expect(spec!.containers[0]!.ports!.map(({ containerPort }) => containerPort)).toEqual([
        69, 8069, 9069, 5514,
      ]);
      // The daemon sees the address that machines use, and binds port 69 there itself.
      expect(await configOf(values)).not.toHaveProperty('advertise');
      expect(await configOf(values)).not.toHaveProperty('tftp');
    });

    it('stops the pod before its replacement starts, and allows several pods without fixed addresses', async () => {
      const deploymentOf = async (networks: unknown, replicaCount: number) =>
        theOnly(
          await render({ network: { mode: 'pod', pod: { networks } }, replicaCount }),
          'Deployment',
        ).spec!;
      const fixed = [{ name: 'boot', ips: ['192.0.2.10/24'] }];
      expect((await deploymentOf(fixed, 1)).strategy).toMatchObject({ type: 'Recreate' });
      for (const networks of ['boot@net1', '[{"name":"boot"}]', [{ name: 'boot' }]]) {
        expect((await deploymentOf(networks, 2)).replicas).toBe(2);
      }
    });

    it('allows ProxyDHCP on the network of the machines', async () => {
      const config = { proxyDhcp: { enabled: true, interfaces: ['net1'] } };
      const values = { network: { mode: 'pod', pod: { networks: 'boot' } }, config };
      expect(await configOf(values)).toMatchObject(config);
    });
  });

  describe('NetworkPolicy', () => {
    it('admits machines to the boot ports, and the test and the named sources to the admin port', async () => {
      const admin = [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }];
      const manifests = await render({
        network: { mode: 'hostPort' },
        networkPolicy: { enabled: true, clients: ['192.0.2.0/24'], admin },
      });
      const { spec } = theOnly(manifests, 'NetworkPolicy');
      const template = podTemplateOf(manifests);
      expect(template.metadata!.labels).toMatchObject(spec!.podSelector.matchLabels!);
      const [boot, ofAdmin] = spec!.ingress!;
      const names = template.spec!.containers[0]!.ports!.map(({ name, protocol }) => ({
        port: name,
        protocol,
      }));
      expect([...boot!.ports!, ...ofAdmin!.ports!]).toEqual(expect.arrayContaining(names));
      const test = theOnly(manifests, 'Pod').metadata!.labels;
      expect(boot!.from![0]).toEqual({ ipBlock: { cidr: '192.0.2.0/24' } });
      expect(test).toMatchObject(boot!.from![1]!.podSelector!.matchLabels!);
      expect(test).toMatchObject(ofAdmin!.from![0]!.podSelector!.matchLabels!);
      expect(ofAdmin!.from!.slice(1)).toEqual(admin);
    });

    it('admits all machines if no subnet is named, and is not created by default', async () => {
      const values = { network: { mode: 'hostPort' }, networkPolicy: { enabled: true } };
      const { spec } = theOnly(await render(values), 'NetworkPolicy');
      expect(spec!.ingress![0]!.from).toBeUndefined();
      expect(allOf(await render({ network: { mode: 'hostPort' } }), 'NetworkPolicy')).toEqual([]);
    });
  });
});
