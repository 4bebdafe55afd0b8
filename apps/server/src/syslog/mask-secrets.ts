import { withoutCredentials } from '../config/credentials.js';

/** Replacement for a secret. */
const HIDDEN = '***';

/**
 * Names that the installer writes before a command: its own label, and debconf questions whose value is a
 * command.
 */
const COMMAND = /preseed command(?: preseed\/[a-z_]{1,32})?|[a-z\d]_command\b/i;

/** Word that may be the name of a debconf question, as in `passwd/user-password`. */
const QUESTION = /[\w/-]+/g;

/** Folder of an installation's preseed or scripts, and the token after it, or the rest of a truncated one. */
const SECRET_FOLDER = /(\/[pi]\/)[\w-]{16,}/gi;

/** Words that may contain the hash of a password. */
const HASH_WORD = /[\w./$=,+-]{11,}/g;
/** Start of the hash of a password (crypt(5)). */
const HASH_START = /\$(?:[1567]|2[abxy]|g?y)\$/;

/** Words that may be a token, or a part of one. */
const LONG_WORD = /[\w-]{24,}/g;
const TOKEN_LENGTH = 43;
const MIN_SECRET_LENGTH = 4;

/**
 * Hides secrets in a message from an installer, which writes the URL of its preseed and whole commands to its
 * log: tokens of installations, from any daemon and of any age; commands of preseeds and the values of
 * questions about passwords, to the end of the message; hashes of passwords; credentials in URLs.
 *
 * @param text - whole message, since a secret may not be recognised in a single line of it
 * @param secrets - further texts to hide, such as the passphrase of a disk
 */
export function maskSecrets(text: string, secrets: readonly string[] = []): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret.length >= MIN_SECRET_LENGTH) {
      masked = masked.replaceAll(secret, HIDDEN);
    }
  }
  const command = COMMAND.exec(masked);
  masked = upTo(command === null ? -1 : command.index + command[0].length, masked);
  masked = upTo(endOfPasswordQuestion(masked), masked)
    .replaceAll(SECRET_FOLDER, `$1${HIDDEN}`)
    .replaceAll(HASH_WORD, (word) => {
      const start = HASH_START.exec(word)?.index;
      return start === undefined ? word : `${word.slice(0, start)}${HIDDEN}`;
    })
    .replaceAll(LONG_WORD, (word) => (mayBeToken(word) ? HIDDEN : word));
  return withoutCredentials(masked);
}

/** Hides everything after an offset; nothing if the offset is negative. */
function upTo(end: number, text: string): string {
  return end < 0 || text.slice(end).trim() === '' ? text : `${text.slice(0, end)}: ${HIDDEN}`;
}

/** Returns the offset after the first question about a password or passphrase; -1 if there is none. */
function endOfPasswordQuestion(text: string): number {
  for (const { 0: word, index } of text.matchAll(QUESTION)) {
    const slash = word.indexOf('/');
    if (slash > 0 && /pass(?:word|phrase|wd)/i.test(word.slice(slash))) {
      return index + word.length;
    }
  }
  return -1;
}

/** Returns true for a long word, unless it is a hash, a UUID, a line of hyphens or an identifier. */
function mayBeToken(word: string): boolean {
  if (/^[\da-f_-]*$/i.test(word)) {
    return false;
  }
  return (
    word.length >= TOKEN_LENGTH || (/[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word))
  );
}
