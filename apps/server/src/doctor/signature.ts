import { X509Certificate } from 'node:crypto';

/** Signer of an EFI program. */
export interface Signer {
  /** Name of the certificate. */
  readonly name: string;
  /** Name of the authority, known to firmware, that issued the certificate. */
  readonly issuer: string;
}

/** Size of the header of a WIN_CERTIFICATE in bytes; PKCS #7 follows it (PE format, "Attribute Certificate Table"). */
const HEADER_BYTES = 8;

/**
 * Returns the signers of an EFI program. Signatures are not verified, since only firmware knows which keys it
 * trusts. Unreadable entries are left out.
 *
 * @param table - the attribute certificate table of the file
 */
export function signersOf(table: Buffer): readonly Signer[] {
  const signers: Signer[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= table.length) {
    const length = table.readUInt32LE(offset);
    if (length < HEADER_BYTES) {
      break;
    }
    const signer = signerOf(table.subarray(offset + HEADER_BYTES, offset + length));
    if (signer !== undefined) {
      signers.push(signer);
    }
    // Each entry starts at a multiple of eight bytes.
    offset += Math.ceil(length / 8) * 8;
  }
  return signers;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const CONTEXT_0 = 0xa0;

/** Returns the signer of a PKCS #7 message (RFC 2315 §9): the certificate that its first SignerInfo names. */
function signerOf(message: Buffer): Signer | undefined {
  const [contentInfo] = elementsOf(message);
  const signedData = elementsOf(elementsOf(contentInfo?.body).find(isType(CONTEXT_0))?.body)[0];
  const parts = elementsOf(signedData?.body);
  const certificates = elementsOf(parts.find(isType(CONTEXT_0))?.body).filter(isType(SEQUENCE));
  const signerInfo = elementsOf(parts.findLast(isType(SET))?.body)[0];
  const issuerAndSerial = elementsOf(signerInfo?.body).find(isType(SEQUENCE));
  const serial = elementsOf(issuerAndSerial?.body).find(isType(INTEGER))?.body.toString('hex');
  for (const { whole } of certificates) {
    const certificate = readCertificate(whole);
    if (certificate !== undefined && isSameNumber(certificate.serialNumber, serial)) {
      return { name: commonName(certificate.subject), issuer: commonName(certificate.issuer) };
    }
  }
  return undefined;
}

function readCertificate(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    // Not a certificate.
    return undefined;
  }
}

function isSameNumber(one: string, other: string | undefined): boolean {
  const digits = (hex: string): string => hex.toLowerCase().replace(/^0+/, '');
  return other !== undefined && digits(one) === digits(other);
}

/**
 * Returns the common name in a certificate's name, or the whole name if it has none. Node.js leaves an empty
 * name undefined.
 */
function commonName(name: string | undefined): string {
  if (name === undefined) {
    return '(no name)';
  }
  return /^CN=(.*)$/m.exec(name)?.[1] ?? name.replaceAll('\n', ', ');
}

/** Element of DER (X.690). */
interface Element {
  readonly type: number;
  readonly body: Buffer;
  /** The element with its header. */
  readonly whole: Buffer;
}

function isType(type: number): (element: Element) => boolean {
  return (element) => element.type === type;
}

/**
 * Maximum number of elements read from a list. Signatures have only a few; a large file could contain millions
 * of empty ones.
 */
const MAX_ELEMENTS = 256;

/** Splits bytes into elements, up to the first one that is incomplete. */
function elementsOf(bytes: Buffer = Buffer.alloc(0)): readonly Element[] {
  const elements: Element[] = [];
  let offset = 0;
  while (offset + 2 <= bytes.length && elements.length < MAX_ELEMENTS) {
    const short = bytes.readUInt8(offset + 1);
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
    const start = offset + 2 + lengthBytes;
    if (lengthBytes > 4 || start > bytes.length) {
      break;
    }
    const length = lengthBytes === 0 ? short & 0x7f : bytes.readUIntBE(offset + 2, lengthBytes);
    const end = start + length;
    if (end > bytes.length) {
      break;
    }
    elements.push({
      type: bytes.readUInt8(offset),
      body: bytes.subarray(start, end),
      whole: bytes.subarray(offset, end),
    });
    offset = end;
  }
  return elements;
}
