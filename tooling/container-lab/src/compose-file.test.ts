import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { lacks } from '@pxe/test-host';

const run = promisify(execFile);

const root = resolve(import.meta.dirname, '../../..');
const composeFile = resolve(root, 'apps/server/container/compose.yaml');

interface Service {
  readonly [key: string]: unknown;
  readonly environment: Readonly<Record<string, string>>;
}

/** Has docker-compose check a file, and returns the service as it understands it. */
async function serviceIn(...files: readonly string[]): Promise<Service> {
  const args = files.flatMap((file) => ['--file', file]);
  const { stdout } = await run('docker-compose', [...args, 'config'], { timeout: 100_000 });
  return (parse(stdout) as { services: { pxeboot: Service } }).services.pxeboot;
}

describe.skipIf(lacks('docker-compose'))('compose.yaml', { timeout: 120_000 }, () => {
  it("is valid for Debian 12's docker-compose, and grants one capability", async () => {
    expect(await serviceIn(composeFile)).toMatchObject({
      image: 'ghcr.io/pxeboot/pxeboot:latest',
      network_mode: 'host',
      read_only: true,
      cap_drop: ['ALL'],
      cap_add: ['NET_BIND_SERVICE'],
      stop_grace_period: '40s',
      healthcheck: { test: ['CMD', '/usr/local/bin/pxeboot-health'], start_period: '10m' },
      volumes: ['data:/var/lib/pxeboot:rw'],
    });
  });

  it('has the same security settings, volume and stop timeout as the quadlet', async () => {
    const quadlet = await readFile(
      resolve(root, 'apps/server/container/pxeboot.container'),
      'utf8',
    );
    const lines = quadlet.split('\n');
    for (const line of [
      'Image=ghcr.io/pxeboot/pxeboot:latest',
      'Network=host',
      'ReadOnly=true',
      'DropCapability=all',
      'AddCapability=NET_BIND_SERVICE',
      'Volume=pxeboot:/var/lib/pxeboot',
      'HealthCmd=CMD /usr/local/bin/pxeboot-health',
      'HealthInterval=30s',
      'HealthTimeout=5s',
      'HealthStartPeriod=10m',
      'PodmanArgs=--stop-timeout=40',
    ]) {
      expect(lines).toContain(line);
    }
    const { environment } = await serviceIn(composeFile);
    expect(lines).toContain(`Environment=PXEBOOT_IMAGES=${environment['PXEBOOT_IMAGES']}`);
  });
});
