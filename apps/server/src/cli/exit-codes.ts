/** Reason why a command ended: the name of its exit code. */
export type ExitKind = keyof typeof EXIT_CODES;

/** Every exit code. Scripts depend on them: the meaning of a number never changes. */
export const EXIT_CODES = {
  success: { code: 0, meaning: 'the command succeeded' },
  failure: {
    code: 1,
    meaning: 'any other failure, such as an address in use, a full disk or missing permissions',
  },
  usage: {
    code: 2,
    meaning: 'the command line has an unknown command, an unknown flag or an invalid value',
  },
  config: { code: 3, meaning: 'the configuration is invalid' },
  notFound: {
    code: 4,
    meaning: 'something was not found: a file, an image, a generation, a host or a running daemon',
  },
  network: { code: 5, meaning: 'a mirror or proxy was unreachable or refused the request' },
  verification: {
    code: 6,
    meaning: 'a signature, hash or file was wrong; nothing from it is served',
  },
  busy: {
    code: 7,
    meaning: 'another process is writing to the store, or the mirror is being updated',
  },
  broken: { code: 8, meaning: '`pxeboot doctor` found a problem that keeps machines from booting' },
  doubtful: {
    code: 9,
    meaning: '`pxeboot doctor` found only warnings: some machines may boot slowly, or not at all',
  },
  interrupted: { code: 130, meaning: 'stopped by SIGINT (Ctrl-C)' },
  brokenPipe: {
    code: 141,
    meaning: 'the program reading the output closed it, as `head` does',
  },
  terminated: { code: 143, meaning: 'stopped by SIGTERM' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly meaning: string }>>;
