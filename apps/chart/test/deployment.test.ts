import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { CHART, HELMS } from './support/chart.js';
import { allOf, theOnly } from './support/kinds.js';

describe.each(HELMS)('helm $major: the Deployment', (helm) => {
  const deploymentOf = async (values: object = {}) =>
    theOnly(await helm.render(CHART, { values }), 'Deployment');
  const podOf = async (values: object = {}) => (await deploymentOf(values)).spec!.template.spec!;
  const containerOf = async (values: object = {}) => (await podOf(values)).containers[0]!;
  const configOf = async (values: object = {}): Promise<unknown> => {
    const { data } = theOnly(await helm.render(CHART, { values }), 'ConfigMap');
    return parse(data!['pxeboot.yaml']!);
  };

  it('runs on the host network with a matching DNS policy', async () => {
    const pod = await podOf();
    expect(pod).toMatchObject({
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    });
  });

  it('declares every port that it binds, so that no two pods share a node', async () => {
    const { ports } = await containerOf({ ports: { http: 18069, admin: 19069, syslog: 15514 } });
    expect(ports).toEqual([
      { name: 'tftp', containerPort: 69, protocol: 'UDP' },
      { name: 'http', containerPort: 18069, protocol: 'TCP' },
      { name: 'admin', containerPort: 19069, protocol: 'TCP' },
      { name: 'syslog', containerPort: 15514, protocol: 'UDP' },
    ]);
    const { ports: without } = await containerOf({ config: { syslog: 'off' } });
    expect(without!.map(({ name }) => name)).toEqual(['tftp', 'http', 'admin']);
  });

  it('may bind port 69 as a non-root user, and nothing more', async () => {
    expect((await podOf()).securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect((await containerOf()).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    });
  });

  it('is probed on the admin port', async () => {
    const { startupProbe, livenessProbe, readinessProbe } = await containerOf();
    expect(startupProbe!.httpGet).toEqual({ path: '/livez', port: 'admin' });
    expect(livenessProbe!.httpGet).toEqual({ path: '/livez', port: 'admin' });
    expect(readinessProbe!.httpGet).toEqual({ path: '/readyz', port: 'admin' });
  });

  it('stops a single pod before starting its replacement', async () => {
    expect((await deploymentOf()).spec!.strategy).toEqual({ type: 'Recreate' });
  });

  it('replaces several pods one by one, without a surge pod that cannot be scheduled', async () => {
    expect((await deploymentOf({ replicaCount: 3 })).spec!.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
  });

  it("uses the user's update strategy", async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } };
    const { spec } = await deploymentOf({ replicaCount: 5, updateStrategy });
    expect(spec!.strategy).toEqual(updateStrategy);
  });

  it('advertises the address of its node', async () => {
    const { env } = await containerOf({ ports: { http: 18069 } });
    expect(env).toContainEqual({
      name: 'HOST_IP',
      valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } },
    });
    expect(env).toContainEqual({ name: 'PXEBOOT_ADVERTISE', value: 'http://$(HOST_IP):18069' });
  });

  it('advertises the configured URL instead', async () => {
    const values = { config: { advertise: 'auto' } };
    const { env } = await containerOf(values);
    expect(env!.map(({ name }) => name)).toEqual(['PXEBOOT_ADMIN_TOKEN']);
    expect(await configOf(values)).toMatchObject({ advertise: 'auto' });
  });

  it('is configured by a file with the values and the ports', async () => {
    const { args, volumeMounts } = await containerOf();
    expect(args).toEqual(['serve', '--config', '/etc/pxeboot/pxeboot.yaml']);
    expect(volumeMounts).toContainEqual({
      name: 'config',
      mountPath: '/etc/pxeboot',
      readOnly: true,
    });
    const values = {
      ports: { http: 18069, admin: 19069 },
      config: { menu: { title: 'Rack 7' }, log: { level: 'debug' } },
    };
    expect(await configOf(values)).toEqual({
      dataDir: '/var/lib/pxeboot',
      http: { listen: ['*:18069'] },
      admin: { listen: ['*:19069'] },
      syslog: { listen: ['auto:5514'] },
      drain: { timeout: '55s' },
      log: { format: 'json', level: 'debug' },
      menu: { title: 'Rack 7' },
    });
  });

  it('gives transfers the grace period of the pod except the last seconds', async () => {
    const values = { terminationGracePeriodSeconds: 120 };
    expect((await podOf(values)).terminationGracePeriodSeconds).toBe(120);
    expect(await configOf(values)).toMatchObject({ drain: { timeout: '115s' } });
  });

  it('rolls its pods for a setting that the daemon cannot reload, and only then', async () => {
    const annotationsOf = async (values: object) =>
      (await deploymentOf(values)).spec!.template.metadata!.annotations!;
    const before = await annotationsOf({});
    const reloaded = {
      menu: { title: 'Rack 7' },
      images: ['trixie'],
      access: { allow: ['192.0.2.0/24'] },
      tftp: { maxWindowSize: 8, quirks: [{ match: '192.0.2.9', maxBlockSize: 512 }] },
      http: { mirror: true },
    };
    expect(await annotationsOf({ commonLabels: {} })).toEqual(before);
    expect(await annotationsOf({ config: reloaded })).toEqual(before);
    for (const config of [
      { tftp: { stall: '1m' } },
      { state: { url: 'postgres://db.example/pxeboot' } },
      { proxyDhcp: { enabled: true } },
    ]) {
      expect((await annotationsOf({ config }))['checksum/config']).not.toBe(
        before['checksum/config'],
      );
    }
  });

  it.each([
    [{}, { emptyDir: { sizeLimit: '4Gi' } }],
    [{ emptyDir: { sizeLimit: null } }, { emptyDir: {} }],
    [{ type: 'hostPath' }, { hostPath: { path: '/var/lib/pxeboot', type: 'Directory' } }],
    [
      { type: 'existingClaim', existingClaim: 'images' },
      { persistentVolumeClaim: { claimName: 'images' } },
    ],
  ])('stores the images according to persistence %j', async (persistence, volume) => {
    const { volumes, containers } = await podOf({ persistence });
    expect(volumes).toContainEqual({ name: 'data', ...volume });
    expect(containers[0]!.volumeMounts).toContainEqual({
      name: 'data',
      mountPath: '/var/lib/pxeboot',
    });
  });

  it('pulls the image by digest if there is one', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const { image } = await containerOf({
      image: { repository: 'example.com/p', tag: '1', digest },
    });
    expect(image).toBe(`example.com/p@${digest}`);
    expect((await containerOf({ image: { repository: 'example.com/p', tag: '1' } })).image).toBe(
      'example.com/p:1',
    );
  });

  it('keeps its selector across versions, user labels and chart releases', async () => {
    const { spec } = await deploymentOf({
      commonLabels: { 'app.kubernetes.io/name': 'mine', team: 'infrastructure' },
      podLabels: { 'app.kubernetes.io/instance': 'mine', tier: 'boot' },
    });
    expect(spec!.selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'pxeboot',
      'app.kubernetes.io/instance': 'pxeboot',
      'app.kubernetes.io/component': 'server',
    });
    expect(spec!.template.metadata!.labels).toEqual({
      ...spec!.selector.matchLabels,
      team: 'infrastructure',
      tier: 'boot',
    });
  });

  it('keeps names within the limits of Kubernetes for any release name', async () => {
    const release = `r${'x'.repeat(51)}-`.slice(0, 53).replace(/-$/, 'y');
    const manifests = await helm.render(CHART, { release });
    for (const { metadata } of manifests) {
      expect(metadata.name.length).toBeLessThanOrEqual(63);
    }
  });

  it('tests itself from a pod that the Service does not select', async () => {
    const manifests = await helm.render(CHART);
    const pod = theOnly(manifests, 'Pod');
    expect(pod.metadata!.annotations!['helm.sh/hook']).toBe('test');
    const selector = theOnly(manifests, 'Service').spec!.selector!;
    expect(pod.metadata!.labels).not.toMatchObject(selector);
    const { command, args, securityContext } = pod.spec!.containers[0]!;
    expect(command).toEqual(['/usr/local/bin/node', '--input-type=module', '--eval']);
    expect(args!.slice(1)).toEqual(['pxeboot.netboot.svc', '8069']);
    // Kubernetes would replace $(NAME) in an argument.
    expect(args![0]).not.toContain('$(');
    // The image's node does not start without its capability.
    expect(securityContext!.capabilities!.add).toEqual(['NET_BIND_SERVICE']);
  });

  it('puts port 69 in no Service, and creates only a headless one', async () => {
    for (const { spec } of allOf(
      await helm.render(CHART, { values: { replicaCount: 3 } }),
      'Service',
    )) {
      expect(spec!.clusterIP).toBe('None');
      expect(spec!.type ?? 'ClusterIP').toBe('ClusterIP');
      expect(spec!.ports!.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual(['8069/TCP']);
    }
  });
});
