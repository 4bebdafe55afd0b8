import { type ParsedPreseed } from '../parse/statement.js';
import { isAboutNetwork, isEarly, isPutOff } from './kernel-arguments.js';
import { found, type PlacedFinding } from './placed-finding.js';

/** Questions that the installer asks before it can fetch a preseed, and the fix for each kind. */
const EARLY: readonly { readonly names: (question: string) => boolean; readonly fix: string }[] = [
  { names: isPutOff, fix: 'start the installer with "auto=true" on its kernel command line' },
  {
    names: isAboutNetwork,
    fix: 'put the answers on the kernel command line, as in "hostname=web1 domain=example.com"',
  },
];

/**
 * Finds answers that come too late in a preseed that is fetched over the network: the first of each kind.
 *
 * @param given - answers on the kernel command line
 */
export function checkLate(
  { statements }: ParsedPreseed,
  given: ReadonlyMap<string, string>,
): readonly PlacedFinding[] {
  return EARLY.flatMap(({ names, fix }) => {
    if (names === isPutOff && given.get('auto-install/enable') === 'true') {
      return [];
    }
    const first = statements.find(
      (statement) =>
        statement.type === 'answer' &&
        statement.isRead &&
        names(statement.question.text) &&
        isEarly(statement.question.text, statement.value.text) &&
        !given.has(statement.question.text),
    );
    const message = 'the installer asks this before it fetches a preseed over the network';
    return first?.type === 'answer'
      ? [found('note', 'too-late', first.question, message, fix)]
      : [];
  });
}
