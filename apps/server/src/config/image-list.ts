import {
  type ImageSelection,
  type ImageTrust,
  NetbootError,
  parseImageSelection,
  type Result,
} from '@pxe/debian-netboot';

/** One item of the `images` key as it is written. */
export type ImageItem =
  | string
  | {
      readonly suite: string;
      readonly arch?: readonly string[] | undefined;
      readonly variants?: readonly string[] | undefined;
      /** Stay with one installer build: `20250803+deb13u7`. */
      readonly build?: string | undefined;
      /** What has to vouch for the images; tls for daily builds. */
      readonly trust?: ImageTrust | undefined;
    };

const DEFAULT_ARCHES = ['amd64'];

/**
 * Reads an item of the `images` key: `trixie`, `trixie:amd64+arm64:text`,
 * `trixie:amd64:text:20250803+deb13u7`, or an object with the same parts. One selection per architecture; amd64 and every variant where none is named.
 */
export function parseImageItem(item: ImageItem): Result<readonly ImageSelection[]> {
  const {
    suite,
    arch = DEFAULT_ARCHES,
    variants,
    build,
    trust,
  } = typeof item === 'string' ? fromShorthand(item) : item;
  const selections: ImageSelection[] = [];
  for (const name of arch) {
    const selection = parseImageSelection({ suite, arch: name, variants, trust });
    if (!selection.ok) {
      return selection;
    }
    if (build !== undefined && !BUILD.test(build)) {
      return invalidBuild(build);
    }
    if (build !== undefined && trust === 'tls') {
      return pinnedDaily(build);
    }
    selections.push({ ...selection.value, ...(build !== undefined && { build }) });
  }
  return { ok: true, value: selections };
}

function fromShorthand(text: string): Exclude<ImageItem, string> {
  const [suite = '', arches = '', variants = '', ...builds] = text.split(':');
  const names = (list: string): string[] | undefined => (list === '' ? undefined : list.split('+'));
  // What follows a build belongs to it, and makes it one that is refused.
  const build = builds.length === 0 ? undefined : builds.join(':');
  return { suite, arch: names(arches), variants: names(variants), build };
}

/** The name of an installer build begins with its date. */
const BUILD = /^\d{8}[0-9A-Z.+~]{0,56}$/i;

function invalidBuild(build: string): Result<never> {
  return {
    ok: false,
    error: new NetbootError(
      'ERR_NETBOOT_INVALID_SELECTION',
      `not an installer build: ${JSON.stringify(build)}`,
      { hint: 'write it like 20250803+deb13u7, as `pxeboot images list` shows it' },
    ),
  };
}

function pinnedDaily(build: string): Result<never> {
  return {
    ok: false,
    error: new NetbootError(
      'ERR_NETBOOT_INVALID_SELECTION',
      `daily builds cannot be pinned, got build ${build} with trust tls`,
      { hint: 'leave build out, or trust' },
    ),
  };
}

/** The error's sentence and its remedy on one line. */
export function withHint({ message, hint }: NetbootError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
