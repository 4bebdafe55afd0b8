import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type v1 } from 'kubernetes-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Manifest } from '@pxe/helm';

import { type ImageConfig } from '../image/image-store.js';
import { DEFAULT_CAPABILITIES } from '../runtime/container-spec.js';
import { type LabNode, preparePod } from './kubelet.js';

const image: ImageConfig = {
  User: '65532:65532',
  Env: ['PATH=/usr/local/bin', 'NODE_ENV=production'],
  Entrypoint: ['/node', 'main.js'],
  Cmd: ['serve'],
  WorkingDir: '/app',
  StopSignal: 'SIGTERM',
  ExposedPorts: {},
  Labels: {},
  Healthcheck: { Test: [] },
};

const configMap: Manifest & v1.IConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { 'pxeboot.yaml': 'menu: {}\n' },
};

const secret: Manifest & v1.ISecret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'admin' },
  data: { token: Buffer.from('a token').toString('base64') },
};

let node: LabNode;

describe('kubelet', () => {
  beforeEach(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kubelet-'));
    node = { address: '192.0.2.7', networkNamespace: '/run/netns/node', directory };
  });

  afterEach(async () => {
    await rm(node.directory, { recursive: true });
  });

  function podWith(container: Partial<v1.IContainer>, pod: Partial<v1.IPodSpec> = {}): v1.IPodSpec {
    return {
      hostNetwork: true,
      securityContext: { runAsUser: 65532 },
      containers: [{ name: 'main', ...container }],
      ...pod,
    };
  }

  describe('preparePod', () => {
    const prepare = (pod: v1.IPodSpec) => preparePod(pod, [configMap, secret], image, node);

    it("runs the image's entry point with the pod's arguments", async () => {
      expect((await prepare(podWith({}))).args).toEqual(['/node', 'main.js', 'serve']);
      expect((await prepare(podWith({ args: ['sync'] }))).args).toEqual([
        '/node',
        'main.js',
        'sync',
      ]);
      expect((await prepare(podWith({ command: ['/bin/true'] }))).args).toEqual(['/bin/true']);
    });

    it('resolves variables in their order', async () => {
      const { environment } = await prepare(
        podWith({
          env: [
            { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
            { name: 'URL', value: 'http://$(HOST_IP):$(LATER)' },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'admin', key: 'token' } } },
          ],
        }),
      );
      expect(environment).toEqual({
        PATH: '/usr/local/bin',
        NODE_ENV: 'production',
        HOST_IP: '192.0.2.7',
        URL: 'http://192.0.2.7:$(LATER)',
        TOKEN: 'a token',
      });
    });

    it('drops and adds capabilities', async () => {
      const capabilitiesOf = async (capabilities: v1.ICapabilities) =>
        (await prepare(podWith({ securityContext: { capabilities } }))).capabilities;
      expect(await capabilitiesOf({ drop: ['ALL'], add: ['NET_BIND_SERVICE'] })).toEqual([
        'NET_BIND_SERVICE',
      ]);
      expect(await capabilitiesOf({ drop: ['MKNOD'] })).toEqual(
        DEFAULT_CAPABILITIES.filter((name) => name !== 'MKNOD'),
      );
    });

    it("prefers the container's security context to the pod's", async () => {
      const pod = podWith(
        { securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false } },
        {
          securityContext: {
            runAsUser: 65532,
            runAsGroup: 65532,
            fsGroup: 7,
            seccompProfile: { type: 'RuntimeDefault' },
          },
        },
      );
      expect(await prepare(pod)).toMatchObject({
        uid: 1000,
        gid: 65532,
        supplementaryGroups: [7],
        noNewPrivileges: true,
        seccomp: 'runtime-default',
      });
    });

    it('creates the volumes', async () => {
      const { mounts } = await prepare(
        podWith(
          {
            volumeMounts: [
              { name: 'config', mountPath: '/etc/pxeboot', readOnly: true },
              { name: 'data', mountPath: '/var/lib/pxeboot' },
            ],
          },
          {
            volumes: [
              { name: 'config', configMap: { name: 'settings' } },
              { name: 'data', hostPath: { path: '/srv/images' } },
            ],
          },
        ),
      );
      expect(mounts).toEqual([
        { source: join(node.directory, 'config'), destination: '/etc/pxeboot', readOnly: true },
        { source: '/srv/images', destination: '/var/lib/pxeboot', readOnly: false },
      ]);
      expect(await readFile(join(node.directory, 'config/pxeboot.yaml'), 'utf8')).toBe(
        'menu: {}\n',
      );
    });

    it('refuses pods that it would run incorrectly', async () => {
      await expect(prepare(podWith({}, { hostNetwork: false }))).rejects.toMatchObject({
        code: 'ERR_LAB_POD',
      });
      const volumes = [{ name: 'data', nfs: { server: 'a', path: '/b' } }];
      const volumeMounts = [{ name: 'data', mountPath: '/data' }];
      await expect(prepare(podWith({ volumeMounts }, { volumes }))).rejects.toThrow(
        'the kind of volume data',
      );
    });
  });
});
