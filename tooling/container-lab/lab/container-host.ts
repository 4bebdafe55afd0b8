import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { installDebian, runCommand } from '@pxe/lab-host';

import { type DaemonImage } from '../src/image/daemon-image.js';

/** Name of the released image, which the commands of docs/container.md use. */
const TAG = 'ghcr.io/pxeboot/pxeboot:latest';

/** Path of the image store on the host. */
export const STORE_AT = '/srv/store';

/** Options of systemd-nspawn that Podman needs. */
export const NSPAWN_OPTIONS = ['--system-call-filter=@keyring'];

/**
 * Shell scripts that give a booted host the image, which others would get from a registry, and the volume, which
 * already has images.
 */
export const PREPARATION = [
  `podman image exists ${TAG} || podman pull --quiet oci:/root/image:image`,
  `podman image exists ${TAG} || podman tag "$(podman images --quiet | head -n 1)" ${TAG}`,
  `podman volume exists pxeboot || podman volume create --opt type=none --opt device=${STORE_AT} --opt o=bind pxeboot`,
  'systemctl start podman.socket',
];

/** Script `docker`, which runs Podman, or docker-compose with Podman for `docker compose`. */
const DOCKER = `#!/bin/sh
if [ "$1" = compose ]; then
  shift
  DOCKER_HOST=unix:///run/podman/podman.sock exec docker-compose "$@"
fi
exec podman "$@"
`;

/** This host may have control groups of version 1, which Podman 5 does not use. */
const ENGINE_SETTINGS = `[containers]
cgroups = "disabled"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

/**
 * Installs Debian 13 with Podman and docker-compose into a folder. With CONTAINER_LAB_HOST, that folder is copied instead.
 * The image, `compose.yaml` (in a folder of its own) and `pxeboot.container` are in root's home directory.
 */
export async function installContainerHost(
  system: string,
  image: DaemonImage,
  root: string,
): Promise<void> {
  const kept = process.env['CONTAINER_LAB_HOST'];
  await (kept === undefined
    ? installDebian(system, ['curl', 'docker-compose', 'podman'])
    : runCommand('cp', ['--archive', kept, system]));
  const files = join(root, 'apps/server/container');
  await cp(image.layout, join(system, 'root/image'), { recursive: true });
  await mkdir(join(system, 'root/pxeboot'));
  await cp(join(files, 'compose.yaml'), join(system, 'root/pxeboot/compose.yaml'));
  await cp(join(files, 'pxeboot.container'), join(system, 'root/pxeboot.container'));
  await writeFile(join(system, 'usr/bin/docker'), DOCKER);
  await chmod(join(system, 'usr/bin/docker'), 0o755);
  for (const directory of ['etc/containers/containers.conf.d', 'etc/containers/systemd']) {
    await mkdir(join(system, directory), { recursive: true });
  }
  await writeFile(join(system, 'etc/containers/containers.conf.d/lab.conf'), ENGINE_SETTINGS);
  const dropIn = join(system, 'etc/containers/systemd/pxeboot.container.d');
  await mkdir(dropIn);
  await writeFile(join(dropIn, 'lab.conf'), '[Container]\nPodmanArgs=--cgroups=disabled\n');
}
