import { parseNetworkName, parseSyslinux, walkItems } from '@pxe/syslinux-menu';

import { fromRoot, hostOf, type Place, resolved, withoutBrackets } from './place.js';

/** Files that a menu names. */
export interface MenuFiles {
  readonly kernels: readonly Place[];
  readonly initrds: readonly Place[];
  /** Menus that the menu loads. */
  readonly menus: readonly Place[];
  /** Modules, pictures and other programs. */
  readonly others: readonly Place[];
}

/** Machine whose properties replace the variables in a menu. */
export interface MenuClient {
  /** MAC address, as in `52:54:00:12:34:56`. */
  readonly mac: string;
  readonly uuid: string;
  /** Architecture in iPXE's spelling: `x86_64` or `arm64`. */
  readonly buildArch: string;
  /** IPv4 address of the boot server. */
  readonly server: string;
}

/**
 * Returns the files that a PXELINUX menu names.
 *
 * @param prefix - folder to which names without a server are appended, as in PXELINUX
 * @param read - returns the text of a file that the menu includes; undefined if it is not known
 */
export function syslinuxFiles(
  text: string,
  prefix: Place,
  read: (name: string) => string | undefined,
): MenuFiles {
  const { menu } = parseSyslinux(text, { resolveInclude: read });
  const kernels: string[] = [];
  const initrds: string[] = [];
  const others: string[] = [];
  for (const { item } of walkItems(menu)) {
    if (item.type === 'linux') {
      kernels.push(item.kernel);
      initrds.push(...(item.initrd ?? []));
    } else if (item.type === 'chain') {
      others.push(item.program);
    }
  }
  // The program that shows the menu, and its picture.
  const shows = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([word = '', name = '']) =>
      word.toUpperCase() === 'UI' && name !== '' ? [name] : [],
    );
  others.push(...shows, ...(menu.theme?.background === undefined ? [] : [menu.theme.background]));
  const places = (names: readonly string[]): readonly Place[] =>
    distinct(names.flatMap((name) => syslinuxPlace(name, prefix) ?? []));
  return {
    kernels: places(kernels),
    initrds: places(initrds),
    menus: [],
    others: places(others),
  };
}

/** Returns the place of a file named in a PXELINUX menu; undefined for other protocols. */
export function syslinuxPlace(name: string, prefix: Place): Place | undefined {
  const parsed = parseNetworkName(name);
  switch (parsed.type) {
    case 'url':
      return /^https?$/.test(parsed.scheme)
        ? { transport: 'http', url: `${parsed.scheme}://${parsed.host}/${parsed.path}` }
        : undefined;
    case 'tftp':
      return parsed.host !== '' || prefix.transport === 'http'
        ? { transport: 'tftp', server: parsed.host, file: parsed.path }
        : { ...prefix, file: parsed.path };
    case 'plain':
      return prefix.transport === 'http'
        ? { transport: 'http', url: resolved(parsed.path, prefix.url) }
        : {
            ...prefix,
            // An absolute name replaces the prefix.
            file: parsed.path.startsWith('/') ? parsed.path : `${prefix.file}${parsed.path}`,
          };
  }
}

const GRUB_COMMAND = /^(?:linux(?:efi|16)?|initrd(?:efi|16)?|source|configfile|chainloader)$/;

/** Returns the files that a GRUB configuration names. Those with unknown variables are left out. */
export function grubFiles(text: string, at: Place, client: MenuClient): MenuFiles {
  const variables: Readonly<Record<string, string>> = {
    net_default_mac: client.mac,
    net_default_server: client.server,
    pxe_default_server: client.server,
    uuid: client.uuid,
    root: `${at.transport},${hostOf(at)}`,
  };
  const files = emptyFiles();
  for (const line of text.split('\n')) {
    const [command = '', ...words] = grubWords(line);
    if (!GRUB_COMMAND.test(command)) {
      continue;
    }
    const isInitrd = command.startsWith('initrd');
    for (const word of isInitrd ? words : words.slice(0, 1)) {
      const name = expanded(word, variables);
      const place = name === undefined ? undefined : grubPlace(name, at);
      if (place !== undefined) {
        files[kindOf(command, isInitrd)].push(place);
      }
    }
  }
  return distinctFiles(files);
}

function kindOf(command: string, isInitrd: boolean): keyof MenuFiles {
  if (isInitrd) {
    return 'initrds';
  }
  if (command.startsWith('linux')) {
    return 'kernels';
  }
  return command === 'chainloader' ? 'others' : 'menus';
}

function grubPlace(name: string, at: Place): Place | undefined {
  const [, device, path = name] = /^\(([^)]*)\)(.*)$/.exec(name) ?? [];
  if (!path.startsWith('/')) {
    return undefined;
  }
  if (device === undefined) {
    return fromRoot(at, path);
  }
  const [protocol, host] = device.split(',');
  if (protocol === 'http' && host !== undefined) {
    return { transport: 'http', url: `http://${host}${path}` };
  }
  if (protocol === 'tftp' || protocol === 'pxe') {
    const server = withoutBrackets(host ?? (at.transport === 'tftp' ? at.server : ''));
    return { transport: 'tftp', server, file: path };
  }
  // A disk or GRUB's memory disk.
  return undefined;
}

/** Returns the files that an iPXE script names. Those with unknown settings are left out. */
export function ipxeFiles(text: string, url: string, client: MenuClient): MenuFiles {
  const variables: Record<string, string> = {
    'netX/mac': client.mac,
    'net0/mac': client.mac,
    mac: client.mac,
    'netX/mac:hexhyp': client.mac.replaceAll(':', '-'),
    'net0/mac:hexhyp': client.mac.replaceAll(':', '-'),
    'mac:hexhyp': client.mac.replaceAll(':', '-'),
    uuid: client.uuid,
    buildarch: client.buildArch,
    platform: 'efi',
    'next-server': client.server,
    cwuri: new URL('.', url).href,
    cwduri: new URL('.', url).href,
  };
  const files = emptyFiles();
  for (const line of text.split('\n')) {
    const [command = '', ...words] = line.trim().split(/\s+/);
    if (command === 'set') {
      const [name = '', ...value] = words;
      variables[name] = expanded(value.join(' '), variables) ?? '';
      continue;
    }
    const isMenu = command === 'chain';
    if (!isMenu && !/^(?:kernel|initrd|imgfetch|imgload|module|shim)$/.test(command)) {
      continue;
    }
    const name = expanded(firstArgument(words), variables);
    const place = name === undefined || name === '' ? undefined : urlPlace(name, url);
    if (place !== undefined) {
      const kind = command === 'kernel' ? 'kernels' : command === 'initrd' ? 'initrds' : 'others';
      files[isMenu ? 'menus' : kind].push(place);
    }
  }
  return distinctFiles(files);
}

/** Returns the first word that is neither a flag nor a flag's value. */
function firstArgument(words: readonly string[]): string {
  const index = words.findIndex(
    (word, at) =>
      !word.startsWith('-') && !/^(?:-n|--name|-t|--timeout)$/.test(words[at - 1] ?? ''),
  );
  return words[index] ?? '';
}

function urlPlace(name: string, base: string): Place | undefined {
  const url = URL.canParse(name, base) ? new URL(name, base) : undefined;
  if (url === undefined) {
    return undefined;
  }
  if (url.protocol === 'tftp:') {
    return {
      transport: 'tftp',
      server: withoutBrackets(url.hostname),
      file: decoded(url.pathname),
    };
  }
  return url.protocol === 'http:' ? { transport: 'http', url: url.href } : undefined;
}

/** Decodes the path of a URL; returns it unchanged if it is not encoded properly. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Splits a line of a GRUB configuration into words, without their quotes. */
function grubWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const character of line) {
    if (quote !== '') {
      if (character === quote) {
        quote = '';
      } else {
        word = `${word ?? ''}${character}`;
      }
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === ';' || character.trim() === '') {
      words.push(...(word === undefined ? [] : [word]));
      word = undefined;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** Maximum length of a name or a value with its variables replaced: values may contain one another. */
const MAX_EXPANDED = 1024;

/**
 * Replaces variables, as in `$uuid` or `${uuid}`, with their values; undefined if one is not known, or the result is
 * too long.
 */
function expanded(text: string, values: Readonly<Record<string, string>>): string | undefined {
  const [start = '', ...parts] = text.split('$');
  let result = start;
  for (const part of parts) {
    const end = part.startsWith('{') ? part.indexOf('}') : part.search(/\W|$/);
    const name = part.startsWith('{') ? part.slice(1, end) : part.slice(0, end);
    const value = values[name];
    if (end === -1 || value === undefined || result.length > MAX_EXPANDED) {
      return undefined;
    }
    result += value + part.slice(part.startsWith('{') ? end + 1 : end);
  }
  return result.length > MAX_EXPANDED ? undefined : result;
}

type MutableFiles = Record<keyof MenuFiles, Place[]>;

function emptyFiles(): MutableFiles {
  return { kernels: [], initrds: [], menus: [], others: [] };
}

function distinctFiles({ kernels, initrds, menus, others }: MutableFiles): MenuFiles {
  return {
    kernels: distinct(kernels),
    initrds: distinct(initrds),
    menus: distinct(menus),
    others: distinct(others),
  };
}

function distinct(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}
