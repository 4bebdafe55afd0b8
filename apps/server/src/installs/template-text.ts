import Mustache from 'mustache';

/** Text with `{{variables}}`. */
export interface TemplateText {
  /** Names of the variables that the text uses. */
  readonly variables: readonly string[];
  /** Returns the text with the values of its variables. No value can end its line or begin another one. */
  fill(values: Readonly<Record<string, string>>): string;
}

/**
 * Parses a text with `{{variables}}`. Sections are allowed, but nothing that would read another file.
 *
 * @throws Error when it is invalid
 */
export function templateText(text: string): TemplateText {
  const variables = new Set<string>();
  collect(Mustache.parse(text), variables);
  return {
    variables: [...variables],
    fill(values) {
      const safe = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, onOneLine(value)]),
      );
      return Mustache.render(text, safe, undefined, { escape: String });
    },
  };
}

/** Token of a template as Mustache parses it. */
type Token = ReturnType<typeof Mustache.parse>[number];

function collect(tokens: readonly Token[], variables: Set<string>): void {
  for (const [type, name, , , inner] of tokens) {
    if (type === '>') {
      throw new Error(`{{>${name}}}: a template cannot include another file`);
    }
    if (type === 'name' || type === '&' || type === '#' || type === '^') {
      variables.add(name);
    }
    if (Array.isArray(inner)) {
      collect(inner, variables);
    }
  }
}

/** Returns a value that cannot end its line, begin another one, or continue on the next. */
function onOneLine(value: string): string {
  let text = value.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  while (text.endsWith('\\')) {
    text = text.slice(0, -1);
  }
  return text;
}
