import { isIP } from 'node:net';

import { type z } from 'zod';

import { type Generation } from '@pxe/debian-netboot';
import { formatDiagnostic } from '@pxe/syslinux-menu';

import { menuFile } from '../boot-files/menu-file.js';
import { type BootFileSettings, clientClass } from '../boot-files/settings.js';
import { MAC, UUID } from '../config/machine-id.js';
import { type Machine } from '../hosts/host-table.js';
import { type InstallService } from '../installs/install-service.js';
import { LEFT_OUT } from '../log/menu-findings.js';
import { type LoaderMemory } from '../namespace/loader-memory.js';
import { type BootHistory } from '../state/boot-history.js';
import { findMachine } from './boot-view.js';
import { type menuQuery, type menuView } from './schemas.js';

type MenuView = z.output<typeof menuView>;
type MenuQuery = z.output<typeof menuQuery>;

/** Components from which menus are rendered. */
export interface MenuParts {
  /** Returns the current settings of generated files. */
  readonly bootFiles: () => BootFileSettings;
  readonly loaders: LoaderMemory;
  readonly installs: Pick<InstallService, 'preview' | 'hosts'>;
}

/**
 * Returns the machine that a name stands for: a host, a machine that has booted, or any MAC address, UUID or
 * IP address; undefined for any other text.
 */
export async function machineNamed(
  text: string,
  installs: Pick<InstallService, 'hosts'>,
  history: BootHistory,
): Promise<Machine | undefined> {
  const name = text.toLowerCase();
  const host = installs.hosts().find((known) => known.host.name.toLowerCase() === name)?.host;
  if (host !== undefined) {
    const { mac, uuid, ip, subnet } = host.match;
    const known = await findMachine(history, mac ?? uuid ?? ip ?? '');
    return machineOf({ mac, uuid, address: ip ?? subnet?.split('/')[0] ?? known?.addresses[0] });
  }
  const known = await findMachine(history, name);
  if (known !== undefined) {
    return machineOf({ ...known, address: known.addresses[0] });
  }
  if (MAC.test(name)) {
    return { mac: name.replaceAll('-', ':') };
  }
  if (UUID.test(name)) {
    return { uuid: name };
  }
  return isIP(name) === 0 ? undefined : { address: name };
}

function machineOf({
  mac,
  uuid,
  address,
}: Partial<Record<keyof Machine, string | undefined>>): Machine {
  return {
    ...(mac !== undefined && { mac }),
    ...(uuid !== undefined && { uuid }),
    ...(address !== undefined && { address }),
  };
}

/**
 * Returns the menu that a machine would get from its loader now, without side effects: nothing is recorded,
 * and tokens of installations are left out. Returns undefined if there is no menu for this loader.
 *
 * @param localAddress - address of this server that machines reach
 */
export function describeMenu(
  { bootFiles, loaders, installs }: MenuParts,
  { manifest }: Generation,
  { loader, arch }: MenuQuery,
  { address = '', ...identity }: Machine,
  localAddress: string,
): MenuView | undefined {
  const findings = new Set<string>();
  const settings: BootFileSettings = {
    ...bootFiles(),
    planOf: () => installs.preview({ ...identity, ...(address !== '' && { address }) }),
    onMenuFinding: (_loader, finding) => {
      const { severity, code, message } = finding;
      if (code === LEFT_OUT) {
        findings.add(message);
      } else if (severity !== 'note') {
        findings.add(formatDiagnostic(finding));
      }
    },
  };
  const client = clientClass({ transport: 'http', address, localAddress }, settings, loaders);
  const file = menuFile(loader, arch, client, manifest, settings);
  const { host, matchedBy, boot = 'menu' } = client.plan ?? {};
  return (
    file && {
      loader,
      arch,
      boot,
      ...(host !== undefined && { host }),
      ...(matchedBy !== undefined && { matchedBy }),
      text: new TextDecoder().decode(file.bytes),
      findings: [...findings],
    }
  );
}
