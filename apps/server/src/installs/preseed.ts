import Mustache from 'mustache';

/** Template of a profile: its file, and then its raw lines. */
export interface PreseedTemplate {
  /** Names of the variables that it uses. */
  readonly variables: readonly string[];
  /**
   * Returns the preseed of a machine, with the commands of the template taken out of it.
   *
   * @param values - of every variable
   */
  render(values: Readonly<Record<string, string>>): RenderedPreseed;
}

export interface RenderedPreseed {
  readonly text: string;
  /** Shell command of `preseed/early_command`; empty if the template has none. */
  readonly early: string;
  /** Shell command of `preseed/late_command`; empty if the template has none. */
  readonly late: string;
}

/** Commands that fetch and run a script, and the report of the end: they contain a token. */
export interface InstallerCommands {
  /** URL of the scripts, without a slash at the end. */
  readonly url: string;
}

/**
 * Reads a template with `{{variables}}`. Sections are allowed; anything that would read another file is not.
 *
 * @throws Error when it is not valid
 */
export function preseedTemplate(text: string): PreseedTemplate {
  const variables = new Set<string>();
  collect(Mustache.parse(text), variables);
  return {
    variables: [...variables],
    render(values) {
      const safe = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, onOneLine(value)]),
      );
      return withoutCommands(Mustache.render(text, safe, undefined, { escape: String }));
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

const COMMAND = /^\s*d-i\s+preseed\/(early|late)_command\s+string\s(.*)$/;

/** Takes the commands out of a preseed: the last of each, as d-i takes it. */
function withoutCommands(preseed: string): RenderedPreseed {
  const lines: string[] = [];
  const commands = { early: '', late: '' };
  for (const line of logicalLines(preseed)) {
    const [, when, command = ''] = COMMAND.exec(line.replaceAll('\\\n', '')) ?? [];
    if (when === 'early' || when === 'late') {
      commands[when] = command.trim();
    } else {
      lines.push(line);
    }
  }
  return { text: lines.join('\n'), ...commands };
}

/** Splits a preseed into lines; one that ends in a backslash includes the next. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let isContinued = false;
  for (const line of text.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n')) {
    if (isContinued) {
      lines.push(`${lines.pop() ?? ''}\n${line}`);
    } else {
      lines.push(line);
    }
    isContinued = line.endsWith('\\') && !line.trimStart().startsWith('#');
  }
  return lines;
}

/** Adds the commands that run the scripts of the installation to a preseed. */
export function withScripts({ text }: RenderedPreseed, { url }: InstallerCommands): string {
  const run = (when: string): string =>
    `d-i preseed/${when}_command string wget -q -O /tmp/pxeboot-${when} ${url}/${when} && sh /tmp/pxeboot-${when}`;
  return `${text}\n${run('early')}\n${run('late')}\n`;
}

/** Returns the script that runs at the start of the installation. */
export function earlyScript({ early }: RenderedPreseed): string {
  return `${early === '' ? ':' : early}\n`;
}

/** Returns the script that runs at the end of the installation, and reports it if the command succeeds. */
export function lateScript({ late }: RenderedPreseed, { url }: InstallerCommands): string {
  return [
    '(',
    late === '' ? ':' : late,
    ')',
    'status=$?',
    'if [ $status = 0 ]; then',
    '  for try in 1 2 3 4 5; do',
    `    if wget -q -T 10 -O /dev/null ${url}/done; then break; fi`,
    '    sleep 2',
    '  done',
    'fi',
    'exit $status',
    '',
  ].join('\n');
}
