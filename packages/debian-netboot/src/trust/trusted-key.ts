import { type Suite } from '../catalog/suite.js';

/** Key that may vouch for an archive. */
export interface TrustedKey {
  /** Fingerprint of the primary key, 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** Name of the key, for messages. */
  readonly name: string;
  /**
   * Role of the key: one of Debian's keys for automatic signatures, one of Debian's release keys, or a key of
   * a custom keyring (`own`). Debian's release keys are kept offline, so their signatures are made by a
   * person.
   */
  readonly role: 'automatic' | 'release' | 'own';
  /**
   * The only suite that the key vouches for, which is archived. A signature counts if its own date is before
   * the key's expiry, though anyone who gets hold of the key can choose that date.
   *
   * @default any suite, as long as the key is valid
   */
  readonly archivedSuite?: Suite;
  /** ASCII-armoured key. */
  readonly armored: string;
}
