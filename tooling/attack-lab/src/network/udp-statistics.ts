/** Numbers of UDP datagrams for local programs. */
export interface ReceivedDatagrams {
  readonly read: number;
  /** Datagrams dropped because the socket's buffer was full. */
  readonly dropped: number;
}

/**
 * Parses the UDP counters in `/proc/net/snmp`.
 *
 * @throws Error when they are missing
 */
export function parseUdpStatistics(text: string): ReceivedDatagrams {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith('Udp: '))
    .map((line) => line.split(' '));
  const counter = (name: string): number => {
    const value = Number(values?.[names?.indexOf(name) ?? -1]);
    if (Number.isNaN(value)) {
      throw new Error(`/proc/net/snmp: expected ${name} of UDP`);
    }
    return value;
  };
  return { read: counter('InDatagrams'), dropped: counter('RcvbufErrors') };
}
