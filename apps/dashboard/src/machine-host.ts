import { type Host, type Machine } from './api/types.js';

/** Returns the host that names exactly this machine; hosts for a whole subnet do not. */
export function hostOf(
  { mac, uuid, addresses }: Pick<Machine, 'mac' | 'uuid' | 'addresses'>,
  hosts: readonly Host[] | undefined,
): Host | undefined {
  return hosts?.find(
    ({ match }) =>
      (match.mac !== undefined && match.mac === mac) ||
      (match.uuid !== undefined && match.uuid === uuid) ||
      (match.ip !== undefined && addresses.includes(match.ip)),
  );
}
