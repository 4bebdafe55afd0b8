import { X509Certificate } from 'node:crypto';

import { NetbootError } from '../../errors.js';

const BEGIN = '-----BEGIN CERTIFICATE-----';

/**
 * Parses the certificates in a PEM file.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_CA` if there is none, or one is invalid
 */
export function parseCertificates(pem: string): readonly string[] {
  const certificates = pem
    .split(BEGIN)
    .slice(1)
    .map((rest) => BEGIN + rest);
  try {
    if (certificates.length === 0) {
      throw new Error('the file does not contain a certificate');
    }
    return certificates.map((certificate) => new X509Certificate(certificate).toString());
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_INVALID_CA', 'the CA is not a valid PEM certificate', {
      hint: 'use a file that contains -----BEGIN CERTIFICATE-----',
      cause,
    });
  }
}
