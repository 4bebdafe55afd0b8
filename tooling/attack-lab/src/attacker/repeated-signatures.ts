const BEGIN = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';
/** Number of base64 characters in a line of armour, as gpg writes it. */
const LINE = 64;

/**
 * Repeats the packets of a clear-signed text's signature this number of times. Each copy is as valid as the
 * first one. The checksum of the armour, which is optional, is left out.
 *
 * @throws Error when the text has no signature
 */
export function repeatSignatures(clearSigned: string, times: number): string {
  const begin = clearSigned.indexOf(BEGIN);
  const end = clearSigned.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error('the text is not clear-signed');
  }
  const [, ...lines] = clearSigned.slice(begin, end).trim().split('\n');
  const body = lines.slice(lines.indexOf('') + 1).filter((line) => !line.startsWith('='));
  const packet = Buffer.from(body.join(''), 'base64');
  const repeated = Buffer.concat(Array.from({ length: times }, () => packet)).toString('base64');
  const wrapped = repeated.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `${clearSigned.slice(0, begin)}${BEGIN}\n\n${wrapped.join('\n')}\n${END}\n`;
}
