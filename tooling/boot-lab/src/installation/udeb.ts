import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runCommand } from '@pxe/lab-host';

/** Component of Debian's installer. */
export interface Udeb {
  readonly name: string;
  /** Position of the component's step in the installer's menu. */
  readonly menuItem: number;
  /** Components whose steps come first, separated by commas. @default none */
  readonly depends?: string;
  /** Title of the step. */
  readonly title: string;
  /** Shell script that performs the step. */
  readonly postinst: string;
  /** Paths of files on this host, by their path in the installer's file system. @default none */
  readonly files?: ReadonlyMap<string, string>;
}

/** Returns the file name of the package. */
export function udebFileName({ name }: Udeb): string {
  return `${name}_1_amd64.udeb`;
}

/** Returns the control file of a component. */
export function udebControl({ name, menuItem, depends, title }: Udeb): string {
  return [
    `Package: ${name}`,
    'Version: 1',
    'Architecture: amd64',
    'Maintainer: Nobody <nobody@localhost>',
    // anna installs components of this priority or higher.
    'Priority: standard',
    'Section: debian-installer',
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    `Installer-Menu-Item: ${menuItem}`,
    `Description: ${title}`,
    '',
  ].join('\n');
}

/**
 * Builds the package of a component.
 *
 * @param directory - directory for its files
 * @returns path of the package
 */
export async function buildUdeb(udeb: Udeb, directory: string): Promise<string> {
  const tree = join(directory, udeb.name);
  const control = join(tree, 'DEBIAN');
  await mkdir(control, { recursive: true });
  await writeFile(join(control, 'control'), udebControl(udeb));
  await writeFile(join(control, 'postinst'), udeb.postinst);
  await chmod(join(control, 'postinst'), 0o755);
  const template = `debian-installer/${udeb.name}/title`;
  await writeFile(
    join(control, 'templates'),
    `Template: ${template}\nType: text\nDescription: ${udeb.title}\n`,
  );
  for (const [path, source] of udeb.files ?? []) {
    const file = join(tree, path);
    await mkdir(dirname(file), { recursive: true });
    await cp(source, file);
  }
  const file = join(directory, udebFileName(udeb));
  // udpkg reads gzip; most of the content is compressed already.
  await runCommand('dpkg-deb', ['-Zgzip', '-z1', '--root-owner-group', '--build', tree, file]);
  return file;
}
