import { LRUCache } from 'lru-cache';
import { Counter, Histogram, type Registry } from 'prom-client';

import { type DropReason, type EvictingLimit, type TftpServerEvent } from '@pxe/tftp-protocol/node';

import { type BootEvents, type DhcpAnswerEvent, type HttpRequestFacts } from '../log/events.js';
import { type BootChange } from '../machines/boot-correlator.js';
import { type Boot } from '../machines/boot.js';
import { RULES } from '../machines/diagnosis/diagnose.js';
import { STAGES } from '../machines/file-role.js';
import { createObserver, createTallies, createTally, type Tally } from './tally.js';

const FIRMWARE = ['bios', 'uefi', 'ipxe', 'u-boot', 'unknown'] as const;
const OUTCOMES = ['installer', 'local', 'menu', 'failed'] as const;
const TRANSFERS = ['completed', 'sizeOnly', 'aborted', 'timedOut', 'failed'] as const;
/**
 * Label values for the TFTP error codes (RFC 1350, RFC 2347) with which read requests are refused.
 */
const TFTP_REFUSALS = {
  1: 'not_found',
  2: 'access_violation',
  4: 'illegal_operation',
  8: 'bad_options',
  other: 'other',
} as const;
const DROPS: readonly DropReason[] = [
  'draining',
  'portsExhausted',
  'outOfResources',
  'tooManyTransfers',
  'tooManyFromSource',
  'requestRate',
  'overload',
  'transferInProgress',
];
const EVICTIONS: readonly EvictingLimit[] = [
  'maxTransfers',
  'maxTransfersPerSource',
  'maxHalfOpen',
  'maxSockets',
];
const STATUS_CODES = [
  ...(['200', '206', '304', '400', '404', '405'] as const),
  ...(['416', '500', '503', '505', 'other'] as const),
] as const;

/** Label values for the results of requests to the ProxyDHCP service. */
const DHCP_RESULTS = [
  'offered',
  'acknowledged',
  'noBootFile',
  'rateLimited',
  'denied',
  'ignored',
] as const;

const TRANSFER_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300];
const BOOT_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

/** Maximum number of boots whose counted steps are remembered. */
const MAX_BOOTS = 8192;

/** Metrics of boots and of their requests. */
export interface BootMetrics {
  /** Counts a change to a boot. */
  readonly bootChanged: (change: BootChange) => void;
  /** Returns a receiver that counts each event and passes it on to `events`. */
  watch(events: BootEvents): BootEvents;
}

/**
 * Registers the metrics of boots, TFTP and boot HTTP. All label values come from closed sets, and each series
 * exists from the start, so that the first failure appears as an increase.
 */
export function createBootMetrics(registry: Registry): BootMetrics {
  const registers = [registry];
  const boots = new Counter({
    name: 'pxeboot_boots_total',
    help: 'Boots by result. A boot that resumes after it was counted, for example from the menu into the installer, is counted again.',
    labelNames: ['firmware', 'outcome'],
    registers,
  });
  const diagnoses = new Counter({
    name: 'pxeboot_boot_diagnoses_total',
    help: 'Failed boots by the rule that explains the failure.',
    labelNames: ['rule'],
    registers,
  });
  const stageSeconds = new Histogram({
    name: 'pxeboot_boot_stage_duration_seconds',
    help: 'Time from the first request for a step of a boot until its file was delivered.',
    labelNames: ['stage'],
    buckets: TRANSFER_SECONDS,
    registers,
  });
  const bootSeconds = new Histogram({
    name: 'pxeboot_boot_duration_seconds',
    help: 'Time from the first request of a boot until it has its kernel and initrd, including the time at the menu.',
    labelNames: ['firmware'],
    buckets: BOOT_SECONDS,
    registers,
  });
  const transfers = createTallies(
    {
      name: 'pxeboot_tftp_transfers_total',
      help: 'Finished TFTP transfers by result; size_only: the client asked for the size and aborted.',
      registers,
    },
    'outcome',
    inSnakeCase(TRANSFERS),
  );
  const observeTransfer = createObserver({
    name: 'pxeboot_tftp_transfer_duration_seconds',
    help: 'Duration of completed TFTP transfers.',
    buckets: TRANSFER_SECONDS,
    registers,
  });
  const tftpBytes = createTally({
    name: 'pxeboot_tftp_sent_bytes_total',
    help: 'File bytes sent by finished TFTP transfers, including retransmissions.',
    registers,
  });
  const retransmissions = createTally({
    name: 'pxeboot_tftp_retransmitted_blocks_total',
    help: 'TFTP blocks sent again.',
    registers,
  });
  const tftpRefusals = createTallies(
    {
      name: 'pxeboot_tftp_refusals_total',
      help: 'TFTP requests answered with an error.',
      registers,
    },
    'reason',
    TFTP_REFUSALS,
  );
  const tftpDrops = createTallies(
    {
      name: 'pxeboot_tftp_dropped_requests_total',
      help: 'TFTP requests dropped without an answer because of a limit.',
      registers,
    },
    'reason',
    inSnakeCase(DROPS),
  );
  const tftpEvictions = createTallies(
    {
      name: 'pxeboot_tftp_evicted_transfers_total',
      help: 'TFTP transfers ended to make room for others, those of silent clients first.',
      registers,
    },
    'limit',
    inSnakeCase(EVICTIONS),
  );
  const responses = createTallies(
    {
      name: 'pxeboot_http_responses_total',
      help: 'Boot HTTP responses by status code.',
      registers,
    },
    'code',
    inSnakeCase(STATUS_CODES),
  );
  const httpBytes = createTally({
    name: 'pxeboot_http_sent_bytes_total',
    help: 'Body bytes sent by boot HTTP.',
    registers,
  });
  const interrupted = createTally({
    name: 'pxeboot_http_interrupted_responses_total',
    help: 'Boot HTTP responses whose client disconnected before the end.',
    registers,
  });
  const observeAnswer = createObserver({
    name: 'pxeboot_http_response_duration_seconds',
    help: 'Duration of complete boot HTTP responses to GET.',
    buckets: TRANSFER_SECONDS,
    registers,
  });
  const dhcpQuestions = createTallies(
    {
      name: 'pxeboot_dhcp_questions_total',
      help: 'Requests to the ProxyDHCP service by result.',
      registers,
    },
    'result',
    inSnakeCase(DHCP_RESULTS),
  );
  const denied = createTallies(
    {
      name: 'pxeboot_denied_sources_total',
      help: 'Sources outside access.allow, each counted at most once a minute.',
      registers,
    },
    'plane',
    { tftp: 'tftp', http: 'http' },
  );
  const rejected = createTallies(
    {
      name: 'pxeboot_http_rejected_total',
      help: 'Invalid requests, each source counted at most once a minute.',
      registers,
    },
    'plane',
    { http: 'http', admin: 'admin' },
  );
  const errors = createTally({
    name: 'pxeboot_unexpected_errors_total',
    help: 'Unexpected errors: faults in this program or the system.',
    registers,
  });

  for (const firmware of FIRMWARE) {
    bootSeconds.zero({ firmware });
    for (const outcome of OUTCOMES) {
      boots.inc({ firmware, outcome }, 0);
    }
  }
  for (const { name: rule } of RULES) {
    diagnoses.inc({ rule }, 0);
  }
  for (const stage of STAGES) {
    stageSeconds.zero({ stage });
  }

  /** Steps of each boot that have been counted. */
  const countedSteps = new LRUCache<Boot['id'], ReadonlySet<string>>({ max: MAX_BOOTS });

  /**
   * Observes the steps of a boot. The figures of a transfer may arrive after its delivery, and even after the
   * end of the boot. Steps that other daemons observe are only recorded as known.
   */
  function observeSteps({ id, stages }: Boot, isForeign: boolean): void {
    const counted = countedSteps.get(id);
    const added = stages.filter(
      ({ name, result, bytes }) =>
        result === 'delivered' && bytes !== undefined && counted?.has(name) !== true,
    );
    if (added.length === 0) {
      return;
    }
    for (const { name, startedAt, endedAt } of isForeign ? [] : added) {
      stageSeconds.observe({ stage: name }, (endedAt - startedAt) / 1000);
    }
    countedSteps.set(id, new Set([...(counted ?? []), ...added.map(({ name }) => name)]));
  }

  function bootChanged({ type, boot, isForeign = false }: BootChange): void {
    observeSteps(boot, isForeign);
    if (isForeign || type !== 'ended' || boot.outcome === 'booting') {
      return;
    }
    const { firmware = 'unknown', outcome, diagnosis } = boot;
    boots.inc({ firmware, outcome });
    if (diagnosis !== undefined) {
      diagnoses.inc({ rule: diagnosis.rule });
    }
    if (outcome === 'installer') {
      bootSeconds.observe({ firmware }, (boot.lastSeenAt - boot.startedAt) / 1000);
    }
  }

  function tftp(event: TftpServerEvent): void {
    switch (event.type) {
      case 'transferFinished': {
        const { outcome, bytesSent, blocksRetransmitted, durationMs, error } = event;
        const isSizeOnly = outcome === 'aborted' && bytesSent === 0 && error?.by === 'peer';
        transfers[isSizeOnly ? 'sizeOnly' : outcome].add();
        tftpBytes.add(bytesSent);
        retransmissions.add(blocksRetransmitted);
        if (outcome === 'completed') {
          observeTransfer(durationMs / 1000);
        }
        return;
      }
      case 'requestRefused':
        tallyOf(tftpRefusals, event.code).add();
        return;
      case 'requestDropped':
        tftpDrops[event.reason].add(event.count);
        return;
      case 'transfersEvicted':
        tftpEvictions[event.limit].add(event.count);
        return;
      case 'sourceDenied':
        denied.tftp.add();
        return;
      case 'unexpectedError':
        errors.add(event.count);
        return;
      default:
    }
  }

  function httpRequest({ method, status, bytes, aborted, durationMs }: HttpRequestFacts): void {
    tallyOf(responses, status).add();
    httpBytes.add(bytes);
    if (aborted) {
      interrupted.add();
    } else if (method === 'GET' && status < 300) {
      observeAnswer(durationMs / 1000);
    }
  }

  function dhcp(event: DhcpAnswerEvent): void {
    if (event.type !== 'error') {
      dhcpQuestions[dhcpResult(event)].add();
    }
  }

  return {
    bootChanged,
    watch: (events) => ({
      ...events,
      tftp(event, isProbe) {
        tftp(event);
        events.tftp(event, isProbe);
      },
      dhcp(event) {
        dhcp(event);
        events.dhcp(event);
      },
      httpRequest(facts) {
        httpRequest(facts);
        events.httpRequest(facts);
      },
      sourceDenied(plane, address) {
        denied[plane === 'http' ? 'http' : 'tftp'].add();
        events.sourceDenied(plane, address);
      },
      requestRejected(facts) {
        rejected[facts.plane === 'admin' ? 'admin' : 'http'].add();
        events.requestRejected(facts);
      },
      unexpectedError(where, error) {
        errors.add();
        events.unexpectedError(where, error);
      },
    }),
  };
}

function dhcpResult(
  event: Exclude<DhcpAnswerEvent, { readonly type: 'error' }>,
): (typeof DHCP_RESULTS)[number] {
  if (event.type === 'answered') {
    return event.service === 'proxyDhcp' ? 'offered' : 'acknowledged';
  }
  switch (event.reason) {
    case 'noBootFile':
    case 'rateLimited':
      return event.reason;
    case 'addressRefused':
      return 'denied';
    default:
      return 'ignored';
  }
}

/** Returns the tally of a code, or the shared tally of codes without a separate one. */
function tallyOf<Key extends string>(
  tallies: Readonly<Record<Key | 'other', Tally>>,
  code: number,
): Tally {
  const all: Readonly<Record<string, Tally | undefined>> = tallies;
  return all[code] ?? tallies.other;
}

/** Maps each camel-case name to its snake-case form: `too_many_transfers` for `tooManyTransfers`. */
function inSnakeCase<Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> {
  const entries = names.map((name) => [
    name,
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ]);
  return Object.fromEntries(entries) as Record<Name, string>;
}
