/**
 * Opens TCP connections from many addresses and holds them; a connection that the server closes is
 * opened again. Takes a ConnectionPlan as JSON, and prints a line when the first round is open.
 *
 *   node hold-connections.js PLAN
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { addressAt, OWN_ADDRESSES } from '../network/address-pool.js';
import { type ConnectionPlan } from './connection-plan.js';

const PART_STEP_BYTES = 2 ** 20;
const FIELDS = 1_000;

const plan = JSON.parse(process.argv[2] ?? '{}') as ConnectionPlan;
let opened = 0;

function open(index: number): Socket {
  const socket = connect({
    host: plan.server,
    port: plan.port,
    localAddress: plan.address ?? addressAt(OWN_ADDRESSES, index % plan.addresses),
  });
  opened += 1;
  socket.on('connect', () => {
    socket.write(request(index));
    if (plan.kind === 'unread') {
      socket.pause();
    } else {
      socket.resume();
    }
  });
  // The server may refuse or reset a connection to defend itself. The connection is opened again later.
  socket.on('error', () => undefined);
  return socket;
}

function request(index: number): string {
  const path = plan.paths[index % Math.max(1, plan.paths.length)] ?? '/';
  switch (plan.kind) {
    case 'mute':
      return '';
    case 'idle':
      return `GET ${path} HTTP/1.1\r\nHost: ${plan.server}\r\n\r\n`;
    case 'fields': {
      const fields = Array.from({ length: FIELDS }, (_, field) => `x${opened}-${field}:\r\n`);
      return `GET ${path} HTTP/1.1\r\nHost: x\r\n${fields.join('')}\r\n`;
    }
    case 'unread': {
      const step = Math.floor(index / plan.paths.length);
      const first = (step * PART_STEP_BYTES) % Math.max(1, plan.fileBytes - PART_STEP_BYTES);
      return `GET ${path} HTTP/1.1\r\nHost: ${plan.server}\r\nRange: bytes=${first}-\r\n\r\n`;
    }
  }
}

const sockets: Socket[] = [];
const startedAt = performance.now();
const endsAt = startedAt + plan.seconds * 1000;
let isFirstRound = true;
while (performance.now() < endsAt) {
  const perSecond = isFirstRound ? plan.opensPerSecond : plan.reopensPerSecond;
  const budget = Math.ceil(perSecond / 20);
  let used = 0;
  for (let index = 0; index < plan.connections && used < budget; index += 1) {
    const socket = sockets[index];
    if (socket !== undefined && !socket.destroyed) {
      continue;
    }
    sockets[index] = open(index);
    used += 1;
  }
  if (isFirstRound && (opened >= plan.connections || used < budget)) {
    isFirstRound = false;
    console.log('open');
  }
  await delay(50);
}
for (const socket of sockets) {
  socket.destroy();
}
