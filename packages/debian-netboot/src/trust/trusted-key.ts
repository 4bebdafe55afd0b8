import { type Suite } from '../catalog/suite.js';

/** A key that may vouch for an archive. */
export interface TrustedKey {
  /** The primary key's fingerprint, 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** Whose it is, for messages. */
  readonly name: string;
  /** Debian's release keys are kept off line: a signature by one takes a person. */
  readonly role: 'automatic' | 'release' | 'own';
  /**
   * The archived suite that the key vouches for, and for no other. A signature counts if it was made
   * before the key expired, by its own date: anyone who gets hold of such a key can choose that.
   *
   * @default the key is in use, and vouches for every suite as long as it is valid
   */
  readonly archivedSuite?: Suite;
  /** The key, ASCII-armoured. */
  readonly armored: string;
}
