import { type ContainerSpec } from './container-spec.js';
import { ociSeccomp, readDefaultProfile } from './seccomp.js';

/** Paths in /proc and /sys that are hidden or read-only, as in container engines. */
const MASKED_PATHS = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
];
const READ_ONLY_PATHS = [
  '/proc/asound',
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

const PSEUDO_FILE_SYSTEMS = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
  {
    destination: '/sys',
    type: 'sysfs',
    source: 'sysfs',
    options: ['nosuid', 'noexec', 'nodev', 'ro'],
  },
];

/**
 * Returns the `config.json` of an OCI runtime
 * (https://github.com/opencontainers/runtime-spec/blob/main/config.md).
 *
 * The capabilities are in the bounding, permitted and effective sets, but not in the inheritable and ambient
 * ones, as with containerd and CRI-O. A process that is not root therefore only has the capabilities that its
 * program file grants.
 *
 * @param rootfs - the image's files; always read-only
 */
export function ociConfig(spec: ContainerSpec, rootfs: string): object {
  const capabilities = spec.capabilities.map((name) => `CAP_${name}`);
  return {
    ociVersion: '1.0.2',
    hostname: 'pxeboot',
    root: { path: rootfs, readonly: true },
    process: {
      terminal: false,
      args: spec.args,
      env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
      cwd: spec.workingDirectory,
      user: { uid: spec.uid, gid: spec.gid, additionalGids: spec.supplementaryGroups },
      noNewPrivileges: spec.noNewPrivileges,
      capabilities: { bounding: capabilities, permitted: capabilities, effective: capabilities },
    },
    mounts: [
      ...PSEUDO_FILE_SYSTEMS,
      ...spec.mounts.map(({ source, destination, readOnly }) => ({
        type: 'bind',
        source,
        destination,
        options: ['rbind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'],
      })),
    ],
    linux: {
      namespaces: [
        { type: 'pid' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'mount' },
        { type: 'network', path: spec.networkNamespace },
      ],
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READ_ONLY_PATHS,
      ...(spec.seccomp === 'unconfined'
        ? {}
        : { seccomp: ociSeccomp(readDefaultProfile(), spec.capabilities, process.arch) }),
    },
  };
}
