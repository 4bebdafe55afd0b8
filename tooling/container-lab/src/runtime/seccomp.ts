import { readFileSync } from 'node:fs';

/** Default profile of Podman and CRI-O, derived from that of Docker and containerd. */
export const DEFAULT_PROFILE = '/usr/share/containers/seccomp.json';

/**
 * A profile in the format of container engines: its rules depend on capabilities and architecture.
 */
export interface EngineProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap: readonly {
    readonly architecture: string;
    readonly subArchitectures?: readonly string[] | null;
  }[];
  readonly syscalls: readonly EngineRule[];
}

interface EngineRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly object[] | null;
  readonly includes?: RuleCondition;
  readonly excludes?: RuleCondition;
}

interface RuleCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

/** Architectures, as named by the profile's conditions and its map. */
const ARCHITECTURES: Readonly<
  Partial<Record<NodeJS.Architecture, { condition: string; native: string }>>
> = {
  x64: { condition: 'amd64', native: 'SCMP_ARCH_X86_64' },
  arm64: { condition: 'arm64', native: 'SCMP_ARCH_AARCH64' },
};

/** Returns the host's default profile, for {@link ociSeccomp}. */
export function readDefaultProfile(): EngineProfile {
  return JSON.parse(readFileSync(DEFAULT_PROFILE, 'utf8')) as EngineProfile;
}

/**
 * Returns `linux.seccomp` of a runtime's configuration: the rules of an engine's profile that apply
 * to a process with these capabilities (such as `NET_BIND_SERVICE`).
 */
export function ociSeccomp(
  profile: EngineProfile,
  capabilities: readonly string[],
  architecture: NodeJS.Architecture,
): object {
  const names = ARCHITECTURES[architecture];
  const held = new Set(capabilities.map((name) => `CAP_${name}`));
  const meets = ({ caps = [], arches = [] }: RuleCondition): boolean =>
    caps.every((name) => held.has(name)) &&
    (arches.length === 0 || arches.includes(names?.condition ?? ''));
  const isExcluded = ({ caps = [], arches = [] }: RuleCondition): boolean =>
    caps.some((name) => held.has(name)) || arches.includes(names?.condition ?? '');
  const native = profile.archMap.find((entry) => entry.architecture === names?.native);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures:
      native === undefined ? [] : [native.architecture, ...(native.subArchitectures ?? [])],
    syscalls: profile.syscalls
      .filter(({ includes = {}, excludes = {} }) => meets(includes) && !isExcluded(excludes))
      .map(({ names: calls, action, errnoRet, args }) => ({
        names: calls,
        action,
        ...(errnoRet === undefined ? {} : { errnoRet }),
        ...(args ? { args } : {}),
      })),
  };
}
