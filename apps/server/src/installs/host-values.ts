import { type HostSettings } from '../config/hosts.js';
import { type PreseedTemplate } from './preseed.js';

/** Returns the variables of a host that are known before it boots. */
export function variablesOf(host: HostSettings | undefined, name: string): Record<string, string> {
  const [hostname = '', ...domain] = name.split('.');
  const { mac, uuid } = host?.match ?? {};
  return {
    name,
    hostname,
    domain: domain.join('.'),
    ...(mac !== undefined && { mac }),
    ...(uuid !== undefined && { uuid }),
    ...host?.variables,
  };
}

/** Names of the variables that every host has, regardless of its settings. */
export const GIVEN_VARIABLES: ReadonlySet<string> = new Set([
  ...['name', 'hostname', 'domain'],
  ...['address', 'server'],
]);

/** Returns the variables that a template needs and a host does not have. */
export function missingVariables(
  { variables }: PreseedTemplate,
  host: HostSettings,
): readonly string[] {
  const known = { ...variablesOf(host, host.name), address: '', server: '' };
  return variables.filter((name) => !Object.hasOwn(known, name));
}

/** Example values of the variables that become known only when a machine boots. */
export const SAMPLE_VALUES = { address: '192.0.2.1', server: 'http://192.0.2.10:8069' } as const;

/** Example of the passphrase that is generated for each installation. */
export const SAMPLE_PASSPHRASE = 'made-by-hosts-install';
