/** Values of the PXE sub-options of option 43 (PXE 2.1 §2.4). Decoders never throw. */
import { addressBytes, formatAddress } from './address.js';
import { expectUint, readText, readUint, textBytes } from './byte-fields.js';

/** Boot servers of one type of boot service (tag 8). */
export interface PxeBootServers {
  /** Type of boot service, 0 to 65,535. */
  readonly type: number;
  readonly addresses: readonly string[];
}

/** Entry of a boot menu (tag 9). */
export interface PxeMenuEntry {
  /** Type of boot service; 0 boots the local disk. */
  readonly type: number;
  readonly description: string;
}

/** Prompt ahead of a boot menu (tag 10). */
export interface PxeMenuPrompt {
  /** Seconds until the first entry of the menu is chosen; 0 chooses it immediately, 255 waits for a key. */
  readonly timeoutSeconds: number;
  readonly text: string;
}

/** Boot service that a client has chosen, and that a boot server acknowledges (tag 71). */
export interface PxeBootItem {
  readonly type: number;
  /** Number of the file in a chain, from 0; the highest bit requests credentials. */
  readonly layer: number;
}

/** Decodes lists of boot servers; undefined if one is longer than the rest of the value. */
export function decodePxeBootServers(value: Uint8Array): PxeBootServers[] | undefined {
  return decodeEntries(value, 4)?.map(({ type, content }) => ({
    type,
    addresses: Array.from({ length: content.length / 4 }, (_, index) =>
      formatAddress(content.subarray(4 * index, 4 * index + 4)),
    ),
  }));
}

/**
 * Encodes lists of boot servers.
 *
 * @throws RangeError when a type is not an integer from 0 to 65,535, a list has more than 255 addresses or
 *   one is not IPv4
 */
export function encodePxeBootServers(lists: readonly PxeBootServers[]): Uint8Array<ArrayBuffer> {
  return encodeEntries(
    lists.map(({ type, addresses }) => ({
      type,
      count: addresses.length,
      content: addresses.flatMap((address) => [...addressBytes(address)]),
    })),
  );
}

/** Decodes a boot menu; undefined if an entry is longer than the rest of the value. */
export function decodePxeMenu(value: Uint8Array): PxeMenuEntry[] | undefined {
  return decodeEntries(value, 1)?.map(({ type, content }) => ({
    type,
    description: readText(content),
  }));
}

/**
 * Encodes a boot menu.
 *
 * @throws RangeError when a type is not an integer from 0 to 65,535, or a description is longer than 255
 *   bytes or contains a NUL or a character above U+00FF
 */
export function encodePxeMenu(entries: readonly PxeMenuEntry[]): Uint8Array<ArrayBuffer> {
  return encodeEntries(
    entries.map(({ type, description }) => {
      const content = [...textBytes(description)];
      return { type, count: content.length, content };
    }),
  );
}

/** Decodes the prompt of a boot menu; undefined if the value is empty. */
export function decodePxeMenuPrompt(value: Uint8Array): PxeMenuPrompt | undefined {
  const [timeoutSeconds] = value;
  return timeoutSeconds === undefined
    ? undefined
    : { timeoutSeconds, text: readText(value.subarray(1)) };
}

/**
 * Encodes the prompt of a boot menu.
 *
 * @throws RangeError when the timeout is not an integer from 0 to 255, or the text contains a NUL or a character above U+00FF
 */
export function encodePxeMenuPrompt({
  timeoutSeconds,
  text,
}: PxeMenuPrompt): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([expectUint('timeoutSeconds', timeoutSeconds, 0xff), ...textBytes(text)]);
}

/** Decodes a boot item; undefined if it is not four bytes. */
export function decodePxeBootItem(value: Uint8Array): PxeBootItem | undefined {
  return value.length === 4
    ? { type: readUint(value.subarray(0, 2)), layer: readUint(value.subarray(2)) }
    : undefined;
}

/**
 * Encodes a boot item.
 *
 * @throws RangeError when a number is not an integer from 0 to 65,535
 */
export function encodePxeBootItem({ type, layer }: PxeBootItem): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...uint16('type', type), ...uint16('layer', layer)]);
}

/** Decodes entries of a type, a count, and that many items of `itemBytes` each. */
function decodeEntries(
  value: Uint8Array,
  itemBytes: number,
): { readonly type: number; readonly content: Uint8Array }[] | undefined {
  const entries: { readonly type: number; readonly content: Uint8Array }[] = [];
  let offset = 0;
  while (offset < value.length) {
    const count = value[offset + 2];
    const start = offset + 3;
    const end = start + (count ?? 0) * itemBytes;
    if (count === undefined || end > value.length) {
      return undefined;
    }
    entries.push({
      type: readUint(value.subarray(offset, offset + 2)),
      content: value.subarray(start, end),
    });
    offset = end;
  }
  return entries;
}

function encodeEntries(
  entries: readonly {
    readonly type: number;
    readonly count: number;
    readonly content: readonly number[];
  }[],
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    entries.flatMap(({ type, count, content }) => [
      ...uint16('type', type),
      expectUint('count', count, 0xff),
      ...content,
    ]),
  );
}

function uint16(field: string, value: number): [number, number] {
  return [expectUint(field, value, 0xffff) >>> 8, value & 0xff];
}
