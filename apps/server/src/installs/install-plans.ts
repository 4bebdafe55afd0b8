import { randomBytes } from 'node:crypto';

import { type ListenAddress } from '../config/listen-address.js';
import { type BootPlan, type InstallEntry, planOfUnknown } from '../hosts/boot-plan.js';
import { type Machine } from '../hosts/host-table.js';
import { bootWith, type Install } from '../hosts/install.js';
import { type HostIndex } from './host-index.js';
import { type HostPreseeds } from './host-preseeds.js';
import { type InstallContext, macOf } from './install-context.js';
import { type InstallStore } from './install-store.js';
import { issueToken } from './install-token.js';

export interface InstallPlansOptions extends InstallContext {
  readonly hosts: HostIndex;
  readonly store: InstallStore;
  readonly preseeds: HostPreseeds;
  /**
   * Returns the address that an installer should send its log to, given the address at which it reaches this
   * host; undefined if it should not send one.
   */
  readonly logTargetAt?: ((host: string) => ListenAddress | undefined) | undefined;
  /**
   * True for plans that are only displayed: nothing is offered or issued, and placeholders replace the
   * secrets.
   *
   * @default false
   */
  readonly isPreview?: boolean;
}

/**
 * Secrets of an installation, and the function that offers an installation requested by the configuration.
 */
interface Secrets {
  offer(name: string, host: string, profile: string | undefined): Install | undefined;
  kernelFolder(install: Install): string;
  token(install: Install): string;
}

/**
 * Returns the function that plans the boot of a machine. The plan is that of the host that the machine
 * matches, or that of unknown machines. It takes the machine's installation into account.
 */
export function createInstallPlans({
  settings,
  now,
  hosts,
  store,
  preseeds,
  logTargetAt,
  isPreview = false,
}: InstallPlansOptions): (machine: Machine) => BootPlan {
  const secrets: Secrets = isPreview
    ? {
        offer: (...asked) => store.peekOffer(...asked),
        kernelFolder: () => '/s/START',
        token: () => 'TOKEN',
      }
    : {
        offer: (...asked) => store.offer(...asked),
        kernelFolder: ({ id }) => `/s/${id}${randomBytes(8).toString('hex')}`,
        token: (install) => issueToken('p', install, now()),
      };
  return (machine) => {
    const host = hosts.find(machine);
    if (host !== undefined) {
      return planWith(hosts.planOf(host), host.name.toLowerCase(), host.profile, machine);
    }
    const { mac } = machine;
    const { boot, profile } = settings().unknown;
    if (boot !== 'install') {
      return planOfUnknown(boot);
    }
    return mac === undefined
      ? planOfUnknown('menu')
      : planWith(
          { ...planOfUnknown(boot), host: mac, isUnknown: true, matchedBy: 'mac', cacheKey: mac },
          mac,
          profile,
          machine,
        );
  };

  function planWith(
    plan: BootPlan,
    name: string,
    profile: string | undefined,
    machine: Machine,
  ): BootPlan {
    const { host = name } = plan;
    const stored = store.get(name);
    if (stored === undefined && plan.boot === 'install' && preseeds.isFaulty(host, profile)) {
      return told(plan, `${host}: the preseed has errors; see pxeboot preseed check`);
    }
    if (
      stored === undefined &&
      plan.boot === 'install' &&
      macOf(name) !== undefined &&
      store.isFull
    ) {
      return told(plan, `${host}: no more unknown machines are installed`);
    }
    const install =
      stored?.install ?? (plan.boot === 'install' ? secrets.offer(name, host, profile) : undefined);
    if (install === undefined) {
      return plan.boot === 'install'
        ? told(plan, `${host}: cannot be installed while the database is unavailable`)
        : plan;
    }
    switch (bootWith(install, now())) {
      case 'install': {
        const template = settings().templates.get(install.profile);
        if (template === undefined) {
          return told(plan, `${host}: the profile ${install.profile} no longer exists`);
        }
        const answers = preseeds.earlyArgs(template, install, machine.address);
        return answers === undefined
          ? told(plan, `${host}: the profile ${install.profile} has errors`)
          : { ...plan, boot: 'install', cacheKey: undefined, install: entryOf(install, answers) };
      }
      case 'local':
        return { ...plan, boot: 'local', cacheKey: `${plan.cacheKey ?? ''} local` };
      case 'menu':
        return told(plan, `${host}: the installation did not finish; it is not repeated`);
      case 'own':
        return plan.boot === 'install'
          ? told(plan, `${host}: the installation is ${install.state}`)
          : plan;
    }
  }

  function entryOf(install: Install, answers: string): InstallEntry {
    const early = `${answers}${hostNames(install.host, answers)}`;
    const own = `${settings().kernelArgs} ${hosts.named(install.host)?.kernelArgs ?? ''}`;
    const sendsLog = !/(?:^|\s)log_host=/.test(own);
    return {
      kernelFolder: secrets.kernelFolder(install),
      kernelArgs: (origin) => {
        const log = sendsLog ? logTargetAt?.(new URL(origin).hostname) : undefined;
        return [
          `url=${origin}/p/${secrets.token(install)}/preseed.cfg`,
          early,
          log === undefined ? '' : logArgs(log),
        ]
          .filter((part) => part !== '')
          .join(' ');
      },
    };
  }
}

/** Returns a plan that shows the menu with the reason as its title. */
function told(plan: BootPlan, sentence: string): BootPlan {
  return {
    ...plan,
    boot: 'menu',
    title: sentence,
    cacheKey: `${plan.cacheKey ?? ''} ${sentence}`,
  };
}

/** Returns the kernel arguments that make an installer send its log. Only the installer's rootskel reads them. */
function logArgs({ address, port }: ListenAddress): string {
  return `log_host=${address.includes(':') ? `[${address}]` : address} log_port=${port}`;
}

/**
 * Returns the kernel arguments for the host name and domain, except those that the preseed sets; empty for a
 * MAC address.
 *
 * @param answers - arguments that the preseed sets
 */
function hostNames(host: string, answers: string): string {
  const [hostname = '', ...domain] = host.includes(':') ? [] : host.split('.');
  const given = ` ${answers}`;
  return hostname === ''
    ? ''
    : [`hostname=${hostname}`, `domain=${domain.join('.')}`]
        .filter((argument) => !given.includes(` ${argument.split('=', 1)[0] ?? ''}=`))
        .map((argument) => ` ${argument}`)
        .join('');
}
