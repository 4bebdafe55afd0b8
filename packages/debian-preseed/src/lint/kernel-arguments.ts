import { collectAnswers } from '../parse/answers.js';
import { parsePreseed } from '../parse/parse.js';
import { isSecret } from './secret.js';

/** Short names of questions on the kernel command line, from the installer's `/etc/preseed_aliases`. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto-install/enable'],
  ['country', 'debian-installer/country'],
  ['domain', 'netcfg/get_domain'],
  ['hostname', 'netcfg/get_hostname'],
  ['interface', 'netcfg/choose_interface'],
  ['keymap', 'keyboard-configuration/xkb-keymap'],
  ['language', 'debian-installer/language'],
  ['locale', 'debian-installer/locale'],
  ['priority', 'debconf/priority'],
  ['protocol', 'mirror/protocol'],
  ['suite', 'mirror/suite'],
  ['tasks', 'tasksel/first'],
]);

const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  [...ALIASES].map(([alias, question]) => [question, alias]),
);

/**
 * Returns true for questions about language and keyboard, which `auto=true` postpones until the preseed is
 * available.
 */
export function isPutOff(question: string): boolean {
  return /^(?:debian-installer\/(?:locale|language|country)|keyboard-configuration\/.*)$/.test(
    question,
  );
}

/** Returns true for questions about the network that the preseed is fetched over. */
export function isAboutNetwork(question: string): boolean {
  return question.startsWith('netcfg/');
}

/** Value that needs no quotes in the configuration of any boot loader. */
const PLAIN = /^[\w.,:@/+-]*$/;
/** Prefix of the names that netcfg treats as missing. */
const UNASSIGNED = 'unassigned-';

/**
 * Returns the answers on a kernel command line, by question. Arguments after `---` or `--` are not the
 * installer's.
 */
export function kernelAnswers(kernelArgs: string): ReadonlyMap<string, string> {
  const words = kernelArgs.split(/\s+/);
  const end = words.findIndex((word) => word === '---' || word === '--');
  return new Map(
    words.slice(0, end === -1 ? words.length : end).flatMap((word) => {
      const split = word.indexOf('=');
      const named = word.slice(0, Math.max(split, 0));
      // A name may begin with an owner: "tasksel:tasksel/first". "?=" sets a default, after which the
      // question is still asked.
      const name = named.slice(named.indexOf(':') + 1);
      const question = ALIASES.get(name) ?? name;
      const isAnswer = question.includes('/') && !question.endsWith('?');
      return isAnswer ? [[question, word.slice(split + 1)] as const] : [];
    }),
  );
}

/** Returns true if the installer may need an answer before it has fetched its preseed over the network. */
export function isEarly(question: string, value: string): boolean {
  return (isPutOff(question) || isAboutNetwork(question)) && !value.startsWith(UNASSIGNED);
}

/**
 * Returns the answers that the installer needs before it can fetch its preseed over the network, as kernel
 * arguments: `locale=de_DE.UTF-8 hostname=web1`. Passwords are left out, since everybody on the network can
 * read a command line, as are values that would need quotes.
 *
 * @param text - contents of the file
 */
export function earlyKernelArgs(text: string): string {
  return [...collectAnswers(parsePreseed(text)).values()]
    .flatMap(({ question, isSeen, value }) => {
      const isUsable =
        value !== undefined &&
        isSeen &&
        isEarly(question, value.text) &&
        !isSecret(question) &&
        PLAIN.test(value.text);
      return isUsable ? [`${SHORT_NAMES.get(question) ?? question}=${value.text}`] : [];
    })
    .join(' ');
}
