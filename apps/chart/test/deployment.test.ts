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

  it('has five minutes to start', async () => {
    const { periodSeconds, failureThreshold } = (await containerOf()).startupProbe!;
    expect(periodSeconds! * failureThreshold!).toBe(300);
  });

  it('stops a single pod before starting its replacement', async () => {
    // Without the null, Helm 4 leaves an earlier release's value in place, which Kubernetes refuses.
    expect((await deploymentOf()).spec!.strategy).toEqual({
      type: 'Recreate',
      rollingUpdate: null,
    });
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

  it('leaves the advertised address to the daemon, which knows the one that a machine used', async () => {
    expect((await containerOf()).env).toBeUndefined();
    expect(await configOf()).not.toHaveProperty('advertise');
    const advertise = 'http://boot.example.com:8069';
    expect(await configOf({ config: { advertise } })).toMatchObject({ advertise });
  });

  it('lets new images settle where several pods may share them', async () => {
    expect(await configOf()).not.toHaveProperty('refresh');
    expect(await configOf({ kind: 'DaemonSet' })).toHaveProperty('refresh.settle', '1m');
    const config = { refresh: { interval: '2h' } };
    expect(await configOf({ replicaCount: 2, config })).toMatchObject({
      refresh: { interval: '2h', settle: '1m' },
    });
    const own = { refresh: { settle: '5m' } };
    expect(await configOf({ replicaCount: 2, config: own })).toMatchObject(own);
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

  it('gives transfers the grace period of the pod except for its last seconds', async () => {
    const values = { terminationGracePeriodSeconds: 120 };
    expect((await podOf(values)).terminationGracePeriodSeconds).toBe(120);
    expect(await configOf(values)).toMatchObject({ drain: { timeout: '115s' } });
    const config = { drain: { lameDuck: '10s' } };
    expect(await configOf({ ...values, config })).toMatchObject({
      drain: { lameDuck: '10s', timeout: '105s' },
    });
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
    const admin = { hosts: ['boot.example'], grafanaUrl: 'https://grafana.example' };
    expect(await annotationsOf({ admin })).toEqual(before);
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
    [{ type: 'claim' }, { persistentVolumeClaim: { claimName: 'pxeboot' } }],
  ])('stores the images according to persistence %j', async (persistence, volume) => {
    const { volumes, containers } = await podOf({ persistence });
    expect(volumes).toContainEqual({ name: 'data', ...volume });
    expect(containers[0]!.volumeMounts).toContainEqual({
      name: 'data',
      mountPath: '/var/lib/pxeboot',
    });
  });

  it.each([
    ['', undefined],
    ['-', ''],
    ['fast', 'fast'],
  ])('creates a volume claim of storage class %j', async (storageClassName, written) => {
    const persistence = {
      type: 'claim',
      claim: { size: '20Gi', storageClassName, accessModes: ['ReadWriteMany'] },
    };
    const manifests = await helm.render(CHART, { values: { persistence } });
    const { metadata, spec } = theOnly(manifests, 'PersistentVolumeClaim');
    expect(metadata!.name).toBe('pxeboot');
    expect(spec).toEqual({
      accessModes: ['ReadWriteMany'],
      ...(written !== undefined && { storageClassName: written }),
      resources: { requests: { storage: '20Gi' } },
    });
    expect(allOf(await helm.render(CHART), 'PersistentVolumeClaim')).toEqual([]);
  });

  it('runs a pod on each selected node as a DaemonSet, with the same pods', async () => {
    const manifests = await helm.render(CHART, { values: { kind: 'DaemonSet' } });
    expect(allOf(manifests, 'Deployment')).toEqual([]);
    const { spec } = theOnly(manifests, 'DaemonSet');
    const deployment = await deploymentOf();
    expect(spec).toEqual({
      selector: deployment.spec!.selector,
      template: deployment.spec!.template,
    });
  });

  it('limits the number of pods that evictions stop at a time', async () => {
    const values = { replicaCount: 3, podDisruptionBudget: { enabled: true, maxUnavailable: 2 } };
    const manifests = await helm.render(CHART, { values });
    expect(theOnly(manifests, 'PodDisruptionBudget').spec).toEqual({
      maxUnavailable: 2,
      selector: theOnly(manifests, 'Deployment').spec!.selector,
    });
    expect(allOf(await helm.render(CHART), 'PodDisruptionBudget')).toEqual([]);
  });

  it('gets the URL of its database from a Secret', async () => {
    const { env } = await containerOf({ database: { existingSecret: { name: 'pg', key: 'uri' } } });
    expect(env).toEqual([
      { name: 'PXEBOOT_STATE_URL', valueFrom: { secretKeyRef: { name: 'pg', key: 'uri' } } },
    ]);
  });

  it('mounts the Secret with preseeds where a profile names them', async () => {
    const pod = await podOf({ preseeds: { existingSecret: { name: 'mine' } } });
    expect(pod.volumes).toContainEqual({
      name: 'preseeds',
      secret: { secretName: 'mine', defaultMode: 0o440 },
    });
    expect(pod.containers[0]!.volumeMounts).toContainEqual({
      name: 'preseeds',
      mountPath: '/etc/pxeboot-preseeds',
      readOnly: true,
    });
    expect((await podOf()).volumes!.map(({ name }) => name)).toEqual(['config', 'data']);
  });

  it('accepts extra containers, and environment variables from Secrets', async () => {
    const envFrom = [{ secretRef: { name: 'proxy' } }];
    const initContainers = [{ name: 'first', image: 'example.com/first' }];
    const extraContainers = [{ name: 'second', image: 'example.com/second' }];
    const pod = await podOf({ envFrom, initContainers, extraContainers });
    expect(pod.initContainers).toEqual(initContainers);
    expect(pod.containers.slice(1)).toEqual(extraContainers);
    expect(pod.containers[0]!.envFrom).toEqual(envFrom);
  });

  it('adds the extra objects, rendered as templates', async () => {
    const extraObjects = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-a' } },
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "pxeboot.fullname" . }}-b\n',
    ];
    const manifests = await helm.render(CHART, { values: { extraObjects } });
    const names = allOf(manifests, 'ConfigMap').map(({ metadata }) => metadata!.name);
    expect(names.sort()).toEqual(['pxeboot', 'pxeboot-a', 'pxeboot-b']);
  });

  it('keeps the configured number of old versions, even none', async () => {
    expect((await deploymentOf()).spec).not.toHaveProperty('revisionHistoryLimit');
    expect((await deploymentOf({ revisionHistoryLimit: 0 })).spec!.revisionHistoryLimit).toBe(0);
    expect((await deploymentOf({ minReadySeconds: 20 })).spec!.minReadySeconds).toBe(20);
  });

  it('requests what it needs, so that it is not the first that a node under pressure evicts', async () => {
    expect((await containerOf()).resources).toEqual({
      requests: { cpu: '100m', memory: '256Mi' },
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
    expect(args!.slice(1).map((text) => JSON.parse(text) as unknown)).toEqual([
      {
        service: 'pxeboot.netboot.svc',
        ports: { tftp: 69, http: 8069, admin: 9069 },
        isAccessLimited: false,
        pods: 'kubectl --namespace netboot describe pods --selector app.kubernetes.io/instance=pxeboot,app.kubernetes.io/component=server',
      },
    ]);
    // `helm test --logs` reads the logs of the finished pod.
    expect(pod.metadata!.annotations!['helm.sh/hook-delete-policy']).toBe('before-hook-creation');
    // Kubernetes would replace $(NAME) in an argument.
    expect(args![0]).not.toContain('$(');
    // The image's node does not start without this capability.
    expect(securityContext!.capabilities!.add).toEqual(['NET_BIND_SERVICE']);
  });

  it('puts port 69 in no Service, and creates only a headless one', async () => {
    for (const { spec } of allOf(
      await helm.render(CHART, { values: { replicaCount: 3 } }),
      'Service',
    )) {
      expect(spec!.clusterIP).toBe('None');
      expect(spec!.type ?? 'ClusterIP').toBe('ClusterIP');
      expect(spec!.ports!.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
        '8069/TCP',
        '9069/TCP',
      ]);
    }
  });
});
