import { NetbootError } from '../errors.js';

/** Maximum size of an InRelease, in bytes; Debian's are below 200 kB. */
export const MAX_RELEASE_BYTES: number = 1024 * 1024;

/** Maximum number of signatures on a message; Debian's have two or three. */
export const MAX_SIGNATURES = 16;

/** Maximum size of a signature packet, in bytes; a 4096-bit RSA signature takes about 560. */
const MAX_SIGNATURE_BYTES = 4096;

/** Maximum number of lines; Debian's InRelease files have about 1,600. */
const MAX_LINES = 16_384;

/** Maximum length of a line, in characters; Debian's longest has about 140. */
const MAX_LINE_LENGTH = 8192;

/** Maximum number of header lines before the text, and before the signature. */
const MAX_HEADERS = 8;

/** Parts of a clear-signed message. Nothing is verified yet. */
export interface ClearSignEnvelope {
  /** Signed text, without dash escapes or trailing blanks. */
  readonly text: string;
  /** Signature packets, one per signature. */
  readonly signatures: readonly Uint8Array[];
  /** Digests that the message announces, in upper case; empty if it announces none. */
  readonly digests: ReadonlySet<string>;
}

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----';
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END_SIGNATURE = '-----END PGP SIGNATURE-----';

/** Digests that a message may announce. Weak ones are checked later, for each signature. */
const DIGESTS: ReadonlySet<string> = new Set([
  'MD5',
  'SHA1',
  'RIPEMD160',
  'SHA224',
  'SHA256',
  'SHA384',
  'SHA512',
]);

/**
 * Returns the signed text of a message whose signatures were verified earlier.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_BAD_SIGNATURE` if it is not a clear-signed message
 */
export function readSignedText(content: Uint8Array): string {
  return openEnvelope(content).text;
}

/**
 * Splits a clear-signed message (RFC 9580 §7) into its text and its signatures. The message comes from an
 * unauthenticated server, so one linear scan limits its size, lines and packets before OpenPGP code sees it.
 * A message with anything before, between or after its parts, even blanks (except for empty lines at the
 * end), is refused, since implementations disagree on its meaning. GnuPG reads each accepted message in the
 * same way.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_BAD_SIGNATURE` if it is not such a message, or exceeds a limit
 */
export function openEnvelope(content: Uint8Array): ClearSignEnvelope {
  const lines = new LineReader(decodeText(content));
  const first = lines.next();
  if (first !== BEGIN_MESSAGE) {
    const isPage = first?.trimStart().startsWith('<') === true;
    throw malformed(
      isPage
        ? 'it is a web page, perhaps from a network that requires a login'
        : 'it does not begin with a signed message',
    );
  }
  const digests = new Set<string>();
  for (const [name, value] of readHeaders(lines)) {
    const named = value.split(',').map((digest) => digest.trim());
    if (name !== 'Hash' || !named.every((digest) => DIGESTS.has(digest))) {
      throw malformed(`unexpected header ${name}: ${value}`);
    }
    for (const digest of named) {
      digests.add(digest);
    }
  }
  const text = readText(lines);
  readHeaders(lines);
  const signatures = splitSignatures(readBase64(lines));
  return { text, signatures, digests };
}

function decodeText(content: Uint8Array): string {
  if (content.length > MAX_RELEASE_BYTES) {
    throw malformed(`expected at most ${MAX_RELEASE_BYTES} bytes, got ${content.length}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw malformed('it is not UTF-8 text', cause);
  }
}

/** Reads a text line by line, within limits. */
class LineReader {
  readonly #text: string;
  #position = 0;
  #lines = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the next line without its end; `undefined` at the end of the text. */
  next(): string | undefined {
    if (this.#position >= this.#text.length) {
      return undefined;
    }
    this.#lines += 1;
    if (this.#lines > MAX_LINES) {
      throw malformed(`it has more than ${MAX_LINES} lines`);
    }
    const found = this.#text.indexOf('\n', this.#position);
    const end = found === -1 ? this.#text.length : found;
    if (end - this.#position > MAX_LINE_LENGTH) {
      throw malformed(`line ${this.#lines} has more than ${MAX_LINE_LENGTH} characters`);
    }
    const line = this.#text.slice(this.#position, end);
    this.#position = end + 1;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

/** Reads header lines up to and including the empty line. */
function readHeaders(lines: LineReader): [name: string, value: string][] {
  const headers: [name: string, value: string][] = [];
  for (let line = lines.next(); line !== ''; line = lines.next()) {
    const colon = line?.indexOf(': ') ?? -1;
    if (line === undefined || colon < 1 || headers.length === MAX_HEADERS) {
      throw malformed('its headers do not end with an empty line');
    }
    headers.push([line.slice(0, colon), line.slice(colon + 2)]);
  }
  return headers;
}

/** Reads the signed text up to and including the line that starts the signature. */
function readText(lines: LineReader): string {
  const text: string[] = [];
  for (let line = lines.next(); line !== BEGIN_SIGNATURE; line = lines.next()) {
    if (line === undefined) {
      throw malformed('it has no signature');
    }
    // Every text line that starts with a dash is escaped.
    if (line.startsWith('-') && !line.startsWith('- ')) {
      throw malformed('a line of its text begins with a dash');
    }
    text.push(withoutTrailingBlanks(line.startsWith('- ') ? line.slice(2) : line));
  }
  return text.join('\n');
}

/** Returns a line without its trailing blanks, which are not signed (RFC 9580 §7.2). */
function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ' || line[end - 1] === '\t') {
    end -= 1;
  }
  return line.slice(0, end);
}

/** Reads the armoured signature up to the end of the message, and returns the decoded bytes. */
function readBase64(lines: LineReader): Uint8Array {
  const encoded: string[] = [];
  for (let line = lines.next(); line !== END_SIGNATURE; line = lines.next()) {
    if (line === undefined) {
      throw malformed('its signature is not terminated');
    }
    encoded.push(line);
  }
  // Checksum line, which receivers ignore (RFC 9580 §6.1).
  if (/^=[0-9A-Z+/]{4}$/i.test(encoded.at(-1) ?? '')) {
    encoded.pop();
  }
  const base64 = encoded.join('');
  if (!/^[0-9A-Z+/]*={0,2}$/i.test(base64)) {
    throw malformed('its signature is not base64');
  }
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line !== '') {
      throw malformed('it does not end with the signature');
    }
  }
  return Buffer.from(base64, 'base64');
}

/** Tag of a signature packet (RFC 9580 §5.2). */
const SIGNATURE_TAG = 2;

function splitSignatures(packets: Uint8Array): Uint8Array[] {
  const signatures: Uint8Array[] = [];
  for (let offset = 0; offset < packets.length;) {
    if (signatures.length === MAX_SIGNATURES) {
      throw malformed(`it has more than ${MAX_SIGNATURES} signatures`);
    }
    const { tag, headerLength, bodyLength } = readPacketHeader(packets, offset);
    if (tag !== SIGNATURE_TAG) {
      throw malformed(`a packet of type ${tag} among its signatures`);
    }
    if (bodyLength > MAX_SIGNATURE_BYTES) {
      throw malformed(
        `a signature of ${bodyLength} bytes, expected at most ${MAX_SIGNATURE_BYTES}`,
      );
    }
    const end = offset + headerLength + bodyLength;
    if (end > packets.length) {
      throw malformed('its signature is cut short');
    }
    signatures.push(packets.subarray(offset, end));
    offset = end;
  }
  return signatures;
}

interface PacketHeader {
  readonly tag: number;
  readonly headerLength: number;
  readonly bodyLength: number;
}

/**
 * Reads a packet's tag and length (RFC 9580 §4.2). Partial and indeterminate lengths are refused.
 */
function readPacketHeader(packets: Uint8Array, offset: number): PacketHeader {
  const view = Buffer.from(packets.buffer, packets.byteOffset + offset, packets.length - offset);
  const first = view[0] ?? 0;
  if ((first & 0x80) === 0) {
    throw malformed('its signature is not an OpenPGP packet');
  }
  const length = first & 0x40 ? newLength(view) : oldLength(view, first & 0x03);
  if (length === undefined) {
    throw malformed('a packet of unknown length in its signature');
  }
  return { tag: first & 0x40 ? first & 0x3f : (first >> 2) & 0x0f, ...length };
}

type PacketLength = Omit<PacketHeader, 'tag'>;

function newLength(view: Buffer): PacketLength | undefined {
  const length = view[1] ?? 0xe0;
  if (length < 0xc0) {
    return { headerLength: 2, bodyLength: length };
  }
  if (length < 0xe0) {
    return { headerLength: 3, bodyLength: ((length - 0xc0) << 8) + (view[2] ?? 0) + 0xc0 };
  }
  if (length < 0xff || view.length < 6) {
    return undefined;
  }
  return { headerLength: 6, bodyLength: view.readUInt32BE(2) };
}

function oldLength(view: Buffer, type: number): PacketLength | undefined {
  const lengthBytes = [1, 2, 4][type];
  if (lengthBytes === undefined || view.length < 1 + lengthBytes) {
    return undefined;
  }
  return { headerLength: 1 + lengthBytes, bodyLength: view.readUIntBE(1, lengthBytes) };
}

function malformed(why: string, cause?: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_BAD_SIGNATURE', `not a clear-signed message: ${why}`, {
    hint: 'check the URL; a mirror serves a signed InRelease',
    cause,
  });
}
