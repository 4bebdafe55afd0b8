/** Package archive in the host's apt configuration. */
export interface HostSource {
  readonly uri: string;
  /** Suite as written in the configuration: a codename, an alias, or `bookworm-updates`. */
  readonly suite: string;
  readonly components: readonly string[];
  /** Keyring files of the entry. */
  readonly signedBy: readonly string[];
}

/**
 * Parses a `.sources` file (sources.list(5), deb822 style). Disabled entries and those without
 * binary packages are left out.
 */
export function parseDeb822Sources(text: string): HostSource[] {
  const stanzas = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => (line.trim() === '' ? '' : line))
    .join('\n')
    .split('\n\n');
  return stanzas.flatMap((stanza) => sourcesOf(parseFields(stanza)));
}

/** Parses a `.list` file (sources.list(5), one-line style). */
export function parseOneLineSources(text: string): HostSource[] {
  return text.split('\n').flatMap((line) => {
    const [entry = ''] = line.split('#', 1);
    const match = /^deb[ \t]+(?:\[([^\]]*)\][ \t]+)?([^\s[]\S*)[ \t]+(\S+)([ \t].*)?$/.exec(
      entry.trim(),
    );
    const [, options = '', uri, suite, components = ''] = match ?? [];
    if (uri === undefined || suite === undefined) {
      return [];
    }
    const signedBy = /(?:^|[ \t])signed-by=(\S+)/i.exec(options)?.[1] ?? '';
    return [{ uri, suite, components: words(components), signedBy: keyringFiles(signedBy) }];
  });
}

/**
 * Returns the source for a Debian suite: one that names the suite, otherwise one with another suite of
 * Debian's main archive, since a mirror has all of its suites.
 *
 * @param suite - codename
 * @param aliases - other names of the suite
 * @param otherNames - codenames and aliases of the suites that a mirror of Debian's main archive has
 */
export function chooseSource(
  sources: readonly HostSource[],
  suite: string,
  aliases: readonly string[],
  otherNames: readonly string[],
): HostSource | undefined {
  const main = sources.filter(
    (source) => source.components.includes('main') && looksLikeDebian(source),
  );
  return (
    main.find((source) => source.suite === suite || aliases.includes(source.suite)) ??
    main.find((source) => otherNames.includes(source.suite))
  );
}

/** Returns true for an archive whose URI ends in `/debian`, or that has a Debian keyring. */
function looksLikeDebian({ uri, signedBy }: HostSource): boolean {
  return /\/debian\/?$/.test(uri) || signedBy.some((file) => file.includes('debian-archive-'));
}

function parseFields(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    if (/^[ \t]/.test(line)) {
      if (name !== '') {
        fields.set(name, `${fields.get(name) ?? ''}\n${line.trim()}`);
      }
      continue;
    }
    const colon = line.indexOf(':');
    name = colon < 0 ? '' : line.slice(0, colon).trim().toLowerCase();
    if (name !== '') {
      fields.set(name, line.slice(colon + 1).trim());
    }
  }
  return fields;
}

function sourcesOf(fields: ReadonlyMap<string, string>): HostSource[] {
  const enabled = (fields.get('enabled') ?? 'yes').toLowerCase();
  if (['no', 'false', 'without', 'off', 'disable', '0'].includes(enabled)) {
    return [];
  }
  if (!words(fields.get('types')).includes('deb')) {
    return [];
  }
  const components = words(fields.get('components'));
  const signedBy = keyringFiles(fields.get('signed-by') ?? '');
  return words(fields.get('uris')).flatMap((uri) =>
    words(fields.get('suites')).map((suite) => ({ uri, suite, components, signedBy })),
  );
}

/** Returns the files named in Signed-By, which may also contain fingerprints or a key. */
function keyringFiles(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word.startsWith('/'));
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
