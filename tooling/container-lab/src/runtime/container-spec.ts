/** Settings of a container for the runtime. */
export interface ContainerSpec {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups: readonly number[];
  /** Capabilities without prefix, such as `NET_BIND_SERVICE`. */
  readonly capabilities: readonly string[];
  /** True if set-user-id and file-capability programs must not gain privileges that the process lacks. */
  readonly noNewPrivileges: boolean;
  readonly seccomp: 'runtime-default' | 'unconfined';
  readonly mounts: readonly BindMount[];
  /** Path of the network namespace to join. */
  readonly networkNamespace: string;
}

/** A file or folder of the host, mounted inside the container. */
export interface BindMount {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

/**
 * Default capabilities of a container: those of containerd and Docker
 * (`oci/caps/defaults.go` in moby).
 */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
