/** Datagrams sent by one address. */
export interface DatagramSchedule {
  readonly address: string;
  readonly datagrams: readonly { readonly atMs: number; readonly hex: string }[];
}
