import { describe, expect, it } from 'vitest';

import { repeatSignatures } from './repeated-signatures.js';

const packet = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
const signed = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Origin: Debian
-----BEGIN PGP SIGNATURE-----

${packet.toString('base64')}
=I9nP
-----END PGP SIGNATURE-----
`;

describe('repeatSignatures', () => {
  it('keeps the text and repeats the packets', () => {
    const hostile = repeatSignatures(signed, 3);
    const [text = '', armor = ''] = hostile.split('-----BEGIN PGP SIGNATURE-----\n\n');
    expect(text).toBe(signed.split('-----BEGIN PGP SIGNATURE-----')[0]);
    const [body = ''] = armor.split('-----END');
    expect(Buffer.from(body, 'base64')).toEqual(Buffer.concat([packet, packet, packet]));
    expect(Math.max(...body.split('\n').map((line) => line.length))).toBe(64);
  });

  it('refuses a text that nobody has signed', () => {
    expect(() => repeatSignatures('Origin: Debian\n', 3)).toThrow('not clear-signed');
  });
});
