import { type ParsedPreseed } from '../parse/statement.js';
import { found, type PlacedFinding } from './placed-finding.js';

/** Questions that the installer asks before it can fetch a preseed, and what helps. */
const EARLY: readonly { readonly names: RegExp; readonly fix: string }[] = [
  {
    names: /^(?:debian-installer\/(?:locale|language|country)|keyboard-configuration\/.*)$/,
    fix: 'start the installer with "auto=true" on its kernel command line',
  },
  {
    names: /^netcfg\/.*$/,
    fix: 'put the answers on the kernel command line, as in "hostname=web1 domain=example.com"',
  },
];

/** Finds answers that come too late in a preseed that is fetched over the network: the first of each kind. */
export function checkLate({ statements }: ParsedPreseed): readonly PlacedFinding[] {
  return EARLY.flatMap(({ names, fix }) => {
    const first = statements.find(
      (statement) =>
        statement.type === 'answer' && statement.isRead && names.test(statement.question.text),
    );
    const message = 'the installer asks this before it fetches a preseed over the network';
    return first?.type === 'answer'
      ? [found('note', 'too-late', first.question, message, fix)]
      : [];
  });
}
