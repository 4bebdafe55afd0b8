import { type MachineIdentity } from '../access/machine-identity.js';
import { type HostIndex } from './host-index.js';
import { type InstallStore } from './install-store.js';

/** Installer that has its preseed and may still be running. */
export interface RunningInstaller {
  /** Id of the installation. */
  readonly id: string;
  /** Name of the host. */
  readonly host: string;
  /** Address that the machine booted from; the installer may have a different one. */
  readonly bootAddress: string | undefined;
  /** Identifiers that the host matches. */
  readonly identity: MachineIdentity | undefined;
}

/** Installers by the address from which they last fetched their preseed. */
export class RunningInstallers {
  readonly #store: InstallStore;
  readonly #hosts: HostIndex;
  #byAddress: ReadonlyMap<string, RunningInstaller> = new Map();
  /** Revisions of the store and of the hosts from which the map was built. */
  #revision = '';

  constructor(store: InstallStore, hosts: HostIndex) {
    this.#store = store;
    this.#hosts = hosts;
  }

  at(address: string): RunningInstaller | undefined {
    const revision = `${this.#store.revision} ${this.#hosts.revision}`;
    if (this.#revision !== revision) {
      this.#byAddress = this.#read();
      this.#revision = revision;
    }
    return this.#byAddress.get(address);
  }

  #read(): ReadonlyMap<string, RunningInstaller> {
    const running = this.#store
      .all()
      .flatMap(({ install: { id, host, state, preseed, bootAddress } }) => {
        const isRunning = state === 'started' || state === 'failed' || state === 'installed';
        const identity = this.#hosts.identityOf(host);
        return preseed === undefined || !isRunning
          ? []
          : [{ ...preseed, installer: { id, host, bootAddress, identity } }];
      })
      .toSorted((one, other) => one.at - other.at);
    return new Map(running.map(({ address, installer }) => [address, installer]));
  }
}
