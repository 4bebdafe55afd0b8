import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { formatFinding, hasErrors } from '../findings/finding.js';
import { explainPreseed } from '../lint/explain.js';
import { lintPreseed } from '../lint/lint.js';
import { isSecret } from '../lint/secret.js';
import { collectAnswers } from '../parse/answers.js';
import { parsePreseed } from '../parse/parse.js';
import { type Suite, SUITES } from '../questions/question.js';
import { findQuestion, isLoaded } from '../questions/questions.js';
import { withoutControls } from '../text/text.js';

/** Standard streams that a command reads and writes. */
export interface CommandStreams {
  readonly input: AsyncIterable<Uint8Array | string>;
  readonly output: NodeJS.WritableStream;
  readonly error: NodeJS.WritableStream;
}

const USAGE = `usage: debian-preseed check FILE|- [--suite SUITE] [--json] [--strict]
       debian-preseed show FILE|- [--suite SUITE]
       debian-preseed explain FILE|- [--suite SUITE]

check    list the problems in a preseed file, and what the installer still asks;
         exit code 1 for errors, and for warnings with --strict
show     print the answers that the installer has after reading the file
explain  print what each statement means
         (none of them prints a password)

--suite  Debian release to install: ${SUITES.join(' or ')} (default: trixie)
-        standard input
`;

/**
 * Runs the command line of `debian-preseed`.
 *
 * @returns exit code: 0 for success; 1 if `check` finds errors (with `--strict`, also warnings), or the
 *   file cannot be read; 2 for an invalid command line
 */
export async function runPreseedCommand(
  args: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  const { output, error } = streams;
  const wrong = (message: string): number => {
    error.write(`debian-preseed: ${withoutControls(message)}\n${USAGE}`);
    return 2;
  };
  const command = readCommandLine(args);
  if (typeof command === 'string') {
    return wrong(command);
  }
  if (command.help) {
    output.write(USAGE);
    return 0;
  }
  const { name, file, suite } = command;
  const run = COMMANDS[name];
  if (run === undefined) {
    return wrong(`unknown command ${JSON.stringify(name)}`);
  }
  let text: string;
  try {
    text = file === '-' ? await readAll(streams.input) : await readFile(file, 'utf8');
  } catch (caught) {
    // Without the system call, and without the path, which this message already names.
    const reason = (caught as Error).message.replace(/, .*/s, '');
    error.write(`debian-preseed: cannot read ${withoutControls(file)}: ${reason}\n`);
    return 1;
  }
  const { lines, ok } = run(text, { ...command, suite });
  output.write(lines.map((line) => `${line}\n`).join(''));
  return ok ? 0 : 1;
}

interface CommandLine {
  readonly help: boolean;
  readonly name: string;
  readonly file: string;
  readonly suite: Suite;
  readonly json: boolean;
  readonly strict: boolean;
}

interface Report {
  readonly lines: readonly string[];
  readonly ok: boolean;
}

/** Reads the command line, or returns a description of what is wrong with it. */
function readCommandLine(args: readonly string[]): CommandLine | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        suite: { type: 'string', default: 'trixie' },
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [name = '', file = '', ...others] = positionals;
    const { json, strict, help } = values;
    const suite = SUITES.find((one) => one === values.suite);
    if (suite === undefined) {
      return `--suite must be one of ${SUITES.join(', ')}`;
    }
    if (!help && (file === '' || others.length > 0)) {
      return 'name one file, or -';
    }
    return { help, name, file, suite, json, strict };
  } catch (caught) {
    return (caught as Error).message;
  }
}

const COMMANDS: Readonly<Record<string, (text: string, command: CommandLine) => Report>> = {
  check(text, { file, suite, json, strict }) {
    const findings = lintPreseed(text, { suite });
    const ok =
      !hasErrors(findings) && !(strict && findings.some(({ severity }) => severity === 'warning'));
    if (json) {
      const report = JSON.stringify({ file, ok, findings }, null, 2);
      return { lines: report.split('\n').map(withoutControls), ok };
    }
    const name = file === '-' ? 'standard input' : file;
    const counted = (wanted: string): string => {
      const { length } = findings.filter(({ severity }) => severity === wanted);
      return `${length} ${wanted}${length === 1 ? '' : 's'}`;
    };
    const sum = `${counted('error')}, ${counted('warning')}, ${counted('note')}`;
    const lines = findings.map((finding) => formatFinding(finding, name));
    return { lines: [...lines, withoutControls(`${name}: ${sum}`)], ok };
  },
  show(text, { suite }) {
    const isKnown = (question: string): boolean => isLoaded(question, suite);
    const answers = [...collectAnswers(parsePreseed(text), isKnown).values()];
    const lines = answers.map(({ question, value, isSeen }) => {
      const { type = '', defaultValue = '' } = findQuestion(question, suite) ?? {};
      const isHidden = isSecret(question) || type === 'password';
      const shown = isHidden ? '(hidden)' : (value?.text ?? defaultValue);
      return withoutControls(`${question} = ${shown}${isSeen ? '' : ' (asked)'}`);
    });
    return { lines, ok: true };
  },
  explain(text, { suite }) {
    const lines = explainPreseed(text, { suite }).map(({ line, text: said }) =>
      withoutControls(`${line}: ${said}`),
    );
    return { lines, ok: true };
  },
};

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of input) {
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString();
}
