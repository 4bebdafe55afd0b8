/** What a sending machine counts. */
export interface SendStats {
  /** Payload bytes handed out for sending, repetitions included. */
  readonly bytesSent: number;
  /** Payload bytes that the peer acknowledged. */
  readonly bytesAcknowledged: number;
  /** DATA packets handed out for sending, repetitions included. */
  readonly blocksSent: number;
  /** DATA packets that had been sent before. */
  readonly blocksRetransmitted: number;
  /** Acknowledgements that named nothing new. */
  readonly acksIgnored: number;
  /** How often the retransmission interval ran out. */
  readonly timeouts: number;
}

/** What a receiving machine counts. */
export interface ReceiveStats {
  /** Payload bytes received in order and for the first time. */
  readonly bytesReceived: number;
  /** DATA packets received, repetitions and those out of order included. */
  readonly blocksReceived: number;
  /** DATA packets that had been received before or came out of order. */
  readonly blocksIgnored: number;
  /** ACK packets handed out for sending. */
  readonly acksSent: number;
  /** How often the retransmission interval ran out. */
  readonly timeouts: number;
}
