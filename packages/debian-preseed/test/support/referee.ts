import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Result of the installer's own parser. */
export interface Verdict {
  /** True if the parser read the whole file. */
  readonly ok: boolean;
  /** Entries of its database that the file added or changed. */
  readonly answers: ReadonlyMap<string, StoredAnswer>;
}

/** Entry of the installer's database. */
export interface StoredAnswer {
  readonly value: string;
  readonly isSeen: boolean;
}

/**
 * Reads each file of `in` with the installer's own parser, each time from the initrd's database. The exit
 * code does not count: on a busy machine, it is 0 even for a parser that stopped.
 */
const SCRIPT = `
export LANG=C.UTF-8 DEBIAN_FRONTEND=none
if [ ! -d /before ]; then
  debconf-loadtemplate d-i /var/lib/dpkg/info/*.templates || exit 1
  cp -r /var/lib/cdebconf /before
fi
mkdir -p /var/lib/preseed
for file in /referee/in/*; do
  cp /before/* /var/lib/cdebconf/
  : > /var/lib/preseed/log
  debconf -od-i /bin/debconf-set-selections "$file" >/dev/null 2>&1
  name=\${file##*/}
  cp /var/lib/preseed/log /referee/out/$name.log
  cat /var/lib/cdebconf/questions.dat /var/lib/cdebconf/passwords.dat > /referee/out/$name.dat
done
`;

/**
 * First line of each file. The installer has one debconf for all of its programs, which saves the database
 * when it ends. A debconf for a single program does so only if a question was answered, and otherwise loses
 * flags.
 */
const FIRST_QUESTION = 'referee/start';
const FIRST_LINE = `d-i ${FIRST_QUESTION} string x\n`;

/** Debian's installer, in a chroot without a network. */
export class Referee {
  readonly #root: string;
  #before: ReadonlyMap<string, StoredAnswer> = new Map();

  /** @param root - directory of an unpacked initrd; the referee writes to it */
  constructor(root: string) {
    this.#root = root;
  }

  /** Entries of the database before a file is read; empty before the first run. */
  get before(): ReadonlyMap<string, StoredAnswer> {
    return this.#before;
  }

  /** Returns true if the entry is new, or differs from the one before a file is read. */
  changes(question: string, { value, isSeen }: StoredAnswer): boolean {
    const before = this.#before.get(question);
    return before?.value !== value || before.isSeen !== isSeen;
  }

  /** Lets the installer read files, in one run. */
  async read(files: readonly string[]): Promise<readonly Verdict[]> {
    const folder = join(this.#root, 'referee');
    await rm(folder, { recursive: true, force: true });
    for (const name of ['in', 'out']) {
      await mkdir(join(folder, name), { recursive: true });
    }
    const nameOf = (index: number): string => String(index).padStart(4, '0');
    for (const [index, text] of files.entries()) {
      await writeFile(join(folder, 'in', nameOf(index)), `${FIRST_LINE}${text}`);
    }
    await writeFile(join(folder, 'run'), SCRIPT);
    const namespaces = ['-m', '-p', '-f', '-u', '-n', `--mount-proc=${join(this.#root, 'proc')}`];
    await run('unshare', [...namespaces, 'chroot', this.#root, '/bin/sh', '/referee/run']);
    const entriesOf = async (name: string): Promise<ReadonlyMap<string, StoredAnswer>> =>
      readDatabase(await readFile(join(folder, name), 'utf8'));
    this.#before = readDatabase(await readFile(join(this.#root, 'before/questions.dat'), 'utf8'));
    return Promise.all(
      files.map(async (_, index) => {
        const name = join('out', nameOf(index));
        const after = await entriesOf(`${name}.dat`);
        const log = await readFile(join(folder, `${name}.log`), 'utf8');
        const answers = [...after].filter(
          ([question, answer]) => question !== FIRST_QUESTION && this.changes(question, answer),
        );
        return { ok: !/^Syntax error: /m.test(log), answers: new Map(answers) };
      }),
    );
  }
}

/** Parses a database of cdebconf: paragraphs of `Name:`, `Value:`, `Flags:` and more. */
export function readDatabase(text: string): ReadonlyMap<string, StoredAnswer> {
  const answers = new Map<string, StoredAnswer>();
  for (const paragraph of text.split('\n\n')) {
    const field = (name: string): string | undefined =>
      paragraph
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const name = field('Name');
    if (name !== undefined) {
      const flags = (field('Flags') ?? '').split(', ');
      answers.set(name, { value: field('Value') ?? '', isSeen: flags.includes('seen') });
    }
  }
  return answers;
}
