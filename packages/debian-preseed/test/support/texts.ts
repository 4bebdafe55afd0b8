import fc from 'fast-check';

const PARTS = [
  ...[
    'd-i',
    'd-i x/y string',
    'x/y',
    'x/z',
    'netcfg/get_domain',
    'string',
    'select',
    'seen',
    'true',
    'false',
  ],
  ...[
    '#',
    '\\',
    '\\\n',
    ' ',
    ' ',
    ' ',
    '\t',
    '\r',
    '\n',
    '\n',
    '\0',
    '\v',
    '\f',
    '-n',
    '-e',
    "'",
    '"',
    '$x',
    '*',
    'ü',
    '\u2003',
  ],
] as const;

/** Line that the installer's shell replaces with the names of the matching files in its directory. */
const FILE_PATTERN = /^[^\s*?[]*[*?[]\S*$/m;

/** Files of preseed-like text: whole statements, some of which are odd, and any text. */
export const preseedText: fc.Arbitrary<string> = fc
  .oneof(
    fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }).map((parts) => parts.join('')),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('d-i', 'd-i ', '\td-i', 'tasksel'),
          fc.constantFrom('x/a', 'x/b', 'netcfg/get_hostname', 'mirror/country'),
          fc.constantFrom('string', 'seen', 'boolean', 'x'),
          fc.oneof(fc.constantFrom(...PARTS), fc.string({ unit: 'grapheme', maxLength: 12 })),
          fc.constantFrom('\n', '\n', '\r\n', ' \n', '\\\n', ' \\\n  ', '\n\n', '\n# c\n', ''),
        ),
        { maxLength: 12 },
      )
      .map((lines) =>
        lines
          .map(([owner, name, type, value, end]) => `${owner} ${name} ${type} ${value}${end}`)
          .join(''),
      ),
  )
  .filter((text) => !FILE_PATTERN.test(text.replaceAll('\r', '').replaceAll('\0', '\n')));
