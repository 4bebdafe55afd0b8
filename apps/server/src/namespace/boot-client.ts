/** Who asks for a file, and how: what a generated file may depend on. */
export interface BootClient {
  readonly transport: 'tftp' | 'http';
  /** The client's address. */
  readonly address: string;
  /** The address of ours that it asked. */
  readonly localAddress: string;
}
