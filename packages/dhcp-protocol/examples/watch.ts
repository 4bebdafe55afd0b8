import { createSocket } from 'node:dgram';

import { classifyClient, decodeMessage } from '@pxe/dhcp-protocol';

// Prints every boot client on the network as it starts. Port 67 needs privileges.
createSocket({ type: 'udp4', reuseAddr: true })
  .on('message', (datagram) => {
    const decoded = decodeMessage(datagram);
    console.log(decoded.ok ? classifyClient(decoded.message) : decoded.reason);
  })
  .bind(67);
