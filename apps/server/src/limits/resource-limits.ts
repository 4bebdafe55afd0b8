import { type Claim, divide, leastTotal } from './divide.js';

/** Resources available to this process. */
export interface SystemResources {
  /** Soft limit on open file descriptors (RLIMIT_NOFILE). */
  readonly descriptors: number;
  /** Memory in bytes: the limit of the cgroup or the memory of the machine, whichever is lower. */
  readonly memoryBytes: number;
  /**
   * Soft limit of the address space in bytes (RLIMIT_AS).
   *
   * @default unlimited
   */
  readonly addressSpaceBytes?: number;
}

/** Settings that affect the needs of the planes. */
export interface LimitSettings {
  /** `tftp.singlePort`: if false, each transfer uses its own socket. */
  readonly singlePort: boolean;
  /** `tftp.portRange`: ports of the transfers' own sockets, such as `30000-30999`. */
  readonly portRange?: string | undefined;
}

/** Limits of a plane that serves TCP connections. */
export interface ConnectionLimits {
  /** Maximum number of connections. */
  readonly maxConnections: number;
  /** Maximum number of connections from one IPv4 address or IPv6 /64. */
  readonly maxConnectionsPerSource: number;
}

/** Resources of the process, divided among the parts of the daemon. */
export interface ResourceLimits {
  /** Number of file descriptors that each part may have open. */
  readonly descriptors: Readonly<Record<DescriptorPart, number>>;
  /** Memory that each part may use, in bytes. */
  readonly memory: Readonly<Record<MemoryPart, number>>;
  readonly tftp: {
    readonly maxTransfers: number;
    readonly maxTransfersPerSource: number;
    readonly maxHalfOpen: number;
    readonly maxSockets: number;
    /** Maximum number of file bytes that transfers hold for sending. */
    readonly maxChunkBytes: number;
  };
  readonly http: ConnectionLimits & {
    /** Maximum size of a piece copied for one client, in bytes. */
    readonly copyBytes: number;
    /** Number of bytes that the kernel may hold for slow clients, if these count towards a limit. */
    readonly kernelBytes: number;
  };
  readonly admin: ConnectionLimits;
  /** Maximum number of file bytes cached for all transfers. */
  readonly cacheBytes: number;
}

/** Parts that hold descriptors; `runtime` is Node itself. */
export type DescriptorPart = 'runtime' | 'log' | 'store' | 'tftp' | 'admin' | 'http';

/**
 * Parts that hold memory; `store` is for a sync, `reserve` is for garbage that has not been collected yet.
 */
export type MemoryPart =
  'runtime' | 'log' | 'store' | 'tftp' | 'admin' | 'http' | 'kernel' | 'cache' | 'reserve';

/** Thrown when the process has too few resources to serve at all. */
export class ResourceError extends Error {
  override readonly name = 'ResourceError';
  readonly code = 'ERR_PXEBOOT_RESOURCES';

  /** Hint, in the imperative. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Maximum number of listening sockets for TFTP, which count towards its descriptors. */
const TFTP_LISTENERS = 24;
/** Maximum number of listening sockets of an HTTP plane, which count towards its descriptors. */
const HTTP_LISTENERS = 8;

function descriptorClaims(singlePort: boolean): Readonly<Record<DescriptorPart, Claim>> {
  return {
    runtime: { min: 32, max: 32, weight: 1 },
    log: { min: 4, max: 8, weight: 1 },
    // Open blobs, and the files, connections and child processes of a sync.
    store: { min: 48, max: 512, weight: 2 },
    tftp: singlePort
      ? { min: 40, max: TFTP_LISTENERS + 512, weight: 3 }
      : { min: 40, max: TFTP_LISTENERS + 4096, weight: 8 },
    admin: { min: 16, max: 256, weight: 1 },
    http: { min: 72, max: HTTP_LISTENERS + 4096, weight: 8 },
  };
}

/** Unit of the claims to memory, in bytes. */
const MEMORY_UNIT = 64 * KIB;
const MEMORY_CLAIMS: Readonly<Record<Exclude<MemoryPart, 'reserve'>, Claim>> = {
  runtime: memoryClaim(96, 112, 2),
  log: memoryClaim(2, 8, 1),
  store: memoryClaim(64, 192, 3),
  tftp: memoryClaim(12, 768, 8),
  admin: memoryClaim(4, 12, 1),
  http: memoryClaim(8, 160, 6),
  kernel: memoryClaim(16, 1024, 6),
  cache: memoryClaim(16, 136, 8),
};

/** Divisor of the memory: one of this many parts is held in reserve. */
const RESERVE_DIVISOR = 8;
/** Maximum amount of memory that is divided, in bytes; more would make no difference. */
const MOST_MEMORY_BYTES = 64 * 1024 * MIB;

/** Maximum number of file bytes held by a TFTP transfer. */
const TFTP_TRANSFER_BYTES = 192 * KIB;
/** Memory of a connection in bytes: Node's objects, and the data in flight to a slow client. */
const CONNECTION_BYTES = 32 * KIB;
const COPY_BYTES = 8 * KIB;

/** Number of descriptors below which the daemon warns that only a few machines can boot at the same time. */
export const COMFORTABLE_DESCRIPTORS = 1024;

/**
 * Address space that a daemon or a sync needs, in bytes. Two WebAssembly modules parse HTTP, one in Node and
 * one in undici, and V8 reserves 10 GiB for the memory of each, although they use less than a megabyte.
 */
const LEAST_ADDRESS_SPACE_BYTES = 24 * 1024 * MIB;

/**
 * Checks that there is enough address space to download images: with too little, undici would end the
 * process.
 *
 * @throws {@link ResourceError} when there is too little
 */
export function requireAddressSpace({ addressSpaceBytes = Infinity }: SystemResources): void {
  if (addressSpaceBytes < LEAST_ADDRESS_SPACE_BYTES) {
    throw new ResourceError(
      `too little address space: expected a limit of at least ${LEAST_ADDRESS_SPACE_BYTES / MIB} MiB, got ${Math.floor(addressSpaceBytes / MIB)} MiB`,
      'Raise the limit with "ulimit -v unlimited" (LimitAS=infinity in a systemd unit), or set NODE_OPTIONS=--disable-wasm-trap-handler, so that Node reserves less.',
    );
  }
}

/**
 * Divides the available resources among the parts of the daemon.
 *
 * @throws {@link ResourceError} when there is too little to serve at all
 */
export function resourceLimits(system: SystemResources, settings: LimitSettings): ResourceLimits {
  requireAddressSpace(system);
  const claims = descriptorClaims(settings.singlePort);
  const leastDescriptors = leastTotal(claims);
  if (system.descriptors < leastDescriptors) {
    throw new ResourceError(
      `too few file descriptors: expected a limit of at least ${leastDescriptors}, got ${system.descriptors}`,
      `Raise the limit with "ulimit -n ${COMFORTABLE_DESCRIPTORS}", or LimitNOFILE= in a systemd unit.`,
    );
  }
  const leastMemory = Math.ceil(
    (leastTotal(MEMORY_CLAIMS) * RESERVE_DIVISOR) / (RESERVE_DIVISOR - 1),
  );
  const memoryUnits = Math.floor(Math.min(system.memoryBytes, MOST_MEMORY_BYTES) / MEMORY_UNIT);
  if (memoryUnits < leastMemory) {
    const least = Math.ceil((leastMemory * MEMORY_UNIT) / MIB);
    throw new ResourceError(
      `too little memory: expected at least ${least} MiB, got ${Math.floor(system.memoryBytes / MIB)} MiB`,
      'Raise the memory limit of the container or cgroup.',
    );
  }
  const descriptors = divide(Math.min(system.descriptors, 2 ** 20), claims);
  const reserve = Math.ceil(memoryUnits / RESERVE_DIVISOR);
  const memory = bytesOf({ ...divide(memoryUnits - reserve, MEMORY_CLAIMS), reserve });

  const sockets = descriptors.tftp - TFTP_LISTENERS;
  const ports = settings.portRange === undefined ? Infinity : portsIn(settings.portRange);
  // Sockets of finished transfers are closed slightly later.
  const withSocket = settings.singlePort
    ? Infinity
    : Math.min(Math.floor((sockets * 3) / 4), ports);
  const maxTransfers = Math.min(4096, Math.floor(memory.tftp / TFTP_TRANSFER_BYTES), withSocket);
  const perConnection = CONNECTION_BYTES + COPY_BYTES;
  return {
    descriptors,
    memory,
    tftp: {
      maxTransfers,
      maxTransfersPerSource: Math.min(maxTransfers, Math.max(16, Math.floor(maxTransfers / 4))),
      maxHalfOpen: Math.min(maxTransfers, Math.max(16, Math.floor(maxTransfers / 4))),
      maxSockets: Math.min(sockets, ports),
      maxChunkBytes: memory.tftp,
    },
    http: {
      ...connectionLimits(descriptors.http - HTTP_LISTENERS, memory.http, perConnection),
      copyBytes: COPY_BYTES,
      kernelBytes: memory.kernel,
    },
    admin: connectionLimits(descriptors.admin - HTTP_LISTENERS, memory.admin, perConnection),
    cacheBytes: memory.cache,
  };
}

function portsIn(range: string): number {
  const [from = 0, to = 0] = range.split('-').map(Number);
  return to - from + 1;
}

function connectionLimits(
  descriptors: number,
  memoryBytes: number,
  perConnection: number,
): ConnectionLimits {
  const maxConnections = Math.min(descriptors, Math.floor(memoryBytes / perConnection));
  // A rack behind NAT is one address, and its machines load a few files each at the same time.
  const share = Math.max(32, Math.floor(maxConnections / 4));
  return { maxConnections, maxConnectionsPerSource: Math.min(share, maxConnections) };
}

function memoryClaim(minMiB: number, maxMiB: number, weight: number): Claim {
  const unitsPerMiB = MIB / MEMORY_UNIT;
  return { min: minMiB * unitsPerMiB, max: maxMiB * unitsPerMiB, weight };
}

function bytesOf<Name extends string>(
  units: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const entries = Object.entries<number>(units);
  return Object.fromEntries(entries.map(([name, count]) => [name, count * MEMORY_UNIT])) as Record<
    Name,
    number
  >;
}
