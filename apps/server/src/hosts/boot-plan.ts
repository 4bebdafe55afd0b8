import { type Arch, type Suite } from '@pxe/debian-netboot/catalog';

import { type HostSettings } from '../config/hosts.js';
import { type ServerConfig } from '../config/schema.js';
import { createHostTable, type Machine } from './host-table.js';

/** Menu of a machine, and the entry that it starts automatically. */
export interface BootPlan {
  /** Name of the host; undefined for machines that no host matches. */
  readonly host: string | undefined;
  /** Property that the host is matched on. */
  readonly matchedBy?: 'mac' | 'uuid' | 'ip' | 'subnet';
  /** `menu`, `local`, or the id of an entry that starts after a notice. */
  readonly boot: string;
  readonly suite?: Suite | undefined;
  readonly arch?: Arch | undefined;
  /** Kernel arguments, after those of all machines. */
  readonly kernelArgs?: string | undefined;
  readonly title?: string | undefined;
}

/** Seconds between the notice that an entry is about to start, and its start. */
export const NOTICE_SECONDS = 3;

/** Returns the plan of a configured host. */
export function planOfHost({ name, match, ...host }: HostSettings): BootPlan {
  const { boot, suite, arch, kernelArgs, title } = host;
  const kinds = ['mac', 'uuid', 'ip', 'subnet'] as const;
  const matchedBy = kinds.find((kind) => match[kind] !== undefined);
  return {
    host: name,
    boot,
    suite,
    arch,
    kernelArgs,
    title,
    ...(matchedBy !== undefined && { matchedBy }),
  };
}

/** Plan of machines that have no settings of their own. */
export const MENU_PLAN: BootPlan = { host: undefined, boot: 'menu' };

/** Returns a function from a machine to its plan: the same object for the same host. */
export function configuredPlans({
  hosts = [],
  unknown,
}: Pick<ServerConfig, 'hosts' | 'unknown'>): (machine: Machine) => BootPlan {
  const table = createHostTable(hosts);
  const plans = new Map(hosts.map((host) => [host, planOfHost(host)]));
  const ofUnknown: BootPlan = { host: undefined, boot: unknown.boot };
  return (machine) => {
    const host = table.find(machine);
    return (host && plans.get(host)) ?? ofUnknown;
  };
}
