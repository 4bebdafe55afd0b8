import { type TftpSink } from '../../src/node/index.js';

/** Returns a sink that puts a file into a map once it is complete. */
export function collectingSink(files: Map<string, Uint8Array>, name: string): TftpSink {
  const pieces: Uint8Array[] = [];
  return {
    write: (bytes) => {
      pieces.push(bytes);
    },
    close: () => {
      files.set(name, new Uint8Array(Buffer.concat(pieces)));
    },
  };
}
