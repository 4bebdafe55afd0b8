/** Template of a question, as far as a preseed is concerned. */
export interface Template {
  readonly name: string;
  readonly type: string;
  /** Default, as the installer stores it. */
  readonly defaultValue: string;
  /** Values of the choices; empty if there are none, or if a program fills them in. */
  readonly choices: readonly string[];
  /** Short description in English. */
  readonly description: string;
}

/**
 * Reads debconf templates, from binary packages or from sources, where the names of translatable fields begin
 * with an underscore. Templates for mere texts, such as titles, are left out.
 */
export function readTemplates(text: string): readonly Template[] {
  return text.split(/\n[\t ]*\n/).flatMap((paragraph) => {
    const fields = readFields(paragraph);
    const name = fields.get('Template');
    const type = fields.get('Type');
    if (name === undefined || type === undefined || ['text', 'title'].includes(type)) {
      return [];
    }
    const choices = fields.get('Choices-C') ?? fields.get('Choices') ?? '';
    const defaultValue = fields.get('Default-C') ?? fields.get('Default') ?? '';
    return [
      {
        name,
        type,
        defaultValue: isFilledIn(defaultValue) || isMirror(defaultValue) ? '' : defaultValue,
        choices: isFilledIn(choices) ? [] : splitChoices(choices),
        description: plain(fields.get('Description') ?? ''),
      },
    ];
  });
}

/** Returns the first line of each field that is not a translation, without the underscores of sources. */
function readFields(paragraph: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const [, name, value = ''] = /^_*([A-Z][a-z]+(?:-C)?):(.*)$/.exec(line) ?? [];
    if (name !== undefined && !fields.has(name)) {
      fields.set(name, value.trim());
    }
  }
  return fields;
}

/** Returns true for the name of a mirror, which changes more often than the question. */
function isMirror(defaultValue: string): boolean {
  return defaultValue.endsWith('.debian.org');
}

/** Returns true if a program fills in the value, or a part of it. */
function isFilledIn(value: string): boolean {
  return value.includes('${');
}

/** Splits choices at commas, except those after a backslash. */
function splitChoices(text: string): readonly string[] {
  return text
    .split(/(?<!\\),/)
    .map((choice) => choice.trim().replaceAll('\\,', ','))
    .filter((choice) => choice !== '');
}

/** Returns a description without the parts that a program fills in. */
function plain(description: string): string {
  return description
    .replaceAll(/\$\{\w+\}/g, '...')
    .replaceAll('`', "'")
    .replaceAll('\\', '/');
}
